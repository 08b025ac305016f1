import { parseTime } from "../../adapters/time.ts";
import { plausibleSecondsMax, type Millis } from "../../core/time.ts";

/** Why the duration of a use is not observed. The keys are label values of its counter. */
export const untimedReasons = {
  unreadable: "started is not a valid time",
  future: "started is in the future",
  old: "started is more than ten years ago",
} as const;
type UntimedReason = keyof typeof untimedReasons;

/**
 * Date, time and zone, also as the sidecar rewrites them (`:` and `/` to `-`, space to `_`), with dots, which the older
 * receiver accepted, and with a space for an unencoded `+`. Group 4 is the sign of the offset.
 */
const pattern =
  /^(\d{4}[-/:.]\d\d[-/:.]\d\d)[T _](\d\d[:.-]\d\d[:.-]\d\d)(\.\d{1,9})?[ _]?(?:Z|UTC|([-+ ])(\d\d)[:-]?(\d\d))?$/i;

/** Parses `started`, or returns why it cannot be used. A time without a zone is UTC. */
export function parseStarted(text: string, receivedAt: Millis): Millis | UntimedReason {
  const at = parseFlexibleTime(text.trim());
  if (at === undefined) return "unreadable";
  if (at > receivedAt) return "future";
  if (receivedAt - at > plausibleSecondsMax * 1000) return "old";
  return at;
}

function parseFlexibleTime(text: string): Millis | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, date = "", clock = "", fraction = "", sign, hours = "", minutes = ""] = found;
  const zone = sign === undefined ? "Z" : `${sign === " " ? "+" : sign}${hours}${minutes}`;
  return parseTime(`${date.replaceAll(/[/:.]/g, "-")}T${clock.replaceAll(/[.-]/g, ":")}${fraction}${zone}`);
}
