import { parseTime } from "../../adapters/time.ts";
import type { Millis } from "../../core/model.ts";

/** Why the duration of a use is not observed, by the label value that it is counted under. */
export const untimedReasons = {
  unreadable: "started is not a valid time",
  future: "started is in the future",
  old: "started is more than ten years ago",
} as const;
type UntimedReason = keyof typeof untimedReasons;

/**
 * Date, clock and zone, also as the sidecar rewrites them (`:` and `/` to `-`, space to `_`), with the dots that the older
 * receiver read, and as a `+` arrives that curl did not encode: as a space. Group 4 is the offset's sign.
 */
const pattern =
  /^(\d{4}[-/:.]\d\d[-/:.]\d\d)[T _](\d\d[:.-]\d\d[:.-]\d\d)(\.\d{1,9})?[ _]?(?:Z|UTC|([-+ ])(\d\d)[:-]?(\d\d))?$/i;

/** No job takes ten years; the sum of a histogram would never recover from one that says it did. */
const longestMillis = 10 * 366 * 24 * 3600 * 1000;

/** Reads `started`, or says why it cannot be used. Without a zone it is UTC, whatever the zone of this machine is. */
export function readStarted(text: string, receivedAt: Millis): Millis | UntimedReason {
  const at = momentOf(text.trim());
  if (at === undefined) return "unreadable";
  if (at > receivedAt) return "future";
  if (receivedAt - at > longestMillis) return "old";
  return at;
}

function momentOf(text: string): Millis | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, date = "", clock = "", fraction = "", sign, hours = "", minutes = ""] = found;
  const zone = sign === undefined ? "Z" : `${sign === " " ? "+" : sign}${hours}${minutes}`;
  return parseTime(`${date.replaceAll(/[/:.]/g, "-")}T${clock.replaceAll(/[.-]/g, ":")}${fraction}${zone}`);
}
