import type { Millis } from "../core/time.ts";

const pattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?\s?(?:Z|UTC|[+-]\d\d:?\d\d)$/;
const fraction = /\.(\d{1,3})/;
const offset = /([+-])(\d\d):?(\d\d)$/;

const earliest = Date.UTC(1990, 0);

/**
 * A date and time with a zone, in every form that senders use (`2026-05-21 16:06:02 UTC`, `2026-05-21T16:06:02.869Z`,
 * `2026-05-21 18:06:02 +0200`). Without a zone it would depend on this machine's, so it is refused.
 * Go's zero time and anything before 1990 is no time at all. `undefined`: not a time.
 */
export function parseTime(text: string): Millis | undefined {
  if (!pattern.test(text)) return undefined;
  if (!text.startsWith(latest.day)) latest = { day: text.slice(0, 10), midnight: computeMidnight(text) };
  if (latest.midnight === undefined) return undefined;
  const seconds = latest.midnight + clockMillis(text);
  const millis = seconds + fractionMillis(text) - offsetMillis(text);
  return millis < earliest ? undefined : millis;
}

/** A cache of the last day: nearly all times of a delivery, dozens of them, are of one day. */
let latest: { readonly day: string; readonly midnight: Millis | undefined } = { day: "-", midnight: undefined };

function computeMidnight(text: string): Millis | undefined {
  const day = number(text, 8);
  const midnight = Date.UTC(number(text, 0) * 100 + number(text, 2), number(text, 5) - 1, day);
  // Date.UTC makes 31 February the 3rd of March.
  return new Date(midnight).getUTCDate() === day ? midnight : undefined;
}

function clockMillis(text: string): number {
  return ((number(text, 11) * 60 + number(text, 14)) * 60 + number(text, 17)) * 1000;
}

/** Two digits. */
function number(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function fractionMillis(text: string): number {
  if (text.charCodeAt(19) !== 0x2e) return 0;
  return Number((fraction.exec(text)?.[1] ?? "0").padEnd(3, "0"));
}

function offsetMillis(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  // `Z`, and the C of `UTC`.
  if (last === 0x5a || last === 0x43) return 0;
  const [, sign = "", hours = "", minutes = ""] = offset.exec(text) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
