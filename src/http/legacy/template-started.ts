import { parseTime } from "../../adapters/time.ts";
import type { Millis } from "../../core/model.ts";

/** When a use began, or why its duration cannot be told. */
export type Started =
  | { readonly at: Millis }
  | { readonly unknown: string; readonly why: "unreadable" | "future" | "old" };

/**
 * Date, clock and zone, also as the sidecar rewrites them (`:` and `/` to `-`, space to `_`), with the dots that the older
 * receiver read, and as a `+` arrives that curl did not encode: as a space. Group 4 is the offset's sign.
 */
const pattern =
  /^(\d{4}[-/:.]\d\d[-/:.]\d\d)[T _](\d\d[:.-]\d\d[:.-]\d\d)(\.\d{1,9})?[ _]?(?:Z|UTC|([-+ ])(\d\d)[:-]?(\d\d))?$/i;

/** No job takes ten years; the sum of a histogram would never recover from one that says it did. */
const longestMillis = 10 * 366 * 24 * 3600 * 1000;

/** Reads `started`. Without a zone it is UTC: the machine's own plays no part. */
export function readStarted(text: string, receivedAt: Millis): Started {
  const at = momentOf(text.trim());
  if (at === undefined) return { unknown: "started cannot be read as a time", why: "unreadable" };
  if (at > receivedAt) return { unknown: "started lies in the future", why: "future" };
  if (receivedAt - at > longestMillis) return { unknown: "started lies more than ten years back", why: "old" };
  return { at };
}

function momentOf(text: string): Millis | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, date = "", clock = "", fraction = "", sign, hours = "", minutes = ""] = found;
  const zone = sign === undefined ? "Z" : `${sign === " " ? "+" : sign}${hours}${minutes}`;
  return parseTime(`${date.replaceAll(/[/:.]/g, "-")}T${clock.replaceAll(/[.-]/g, ":")}${fraction}${zone}`);
}
