import { parseTime } from "../adapters/time.ts";
import { fail, succeed, type Result } from "../core/result.ts";
import { quote } from "./quote.ts";
import { dayMillis, type Millis } from "../core/time.ts";

const units: Readonly<Record<string, Millis>> = { m: 60_000, h: 3_600_000, d: dayMillis };

/** A moment as a person types it: `2026-11-20` (UTC), `2026-11-20T12:00:00Z`, or how long before `now`: `90m`, `24h`, `7d`. */
export function parseTimeOrAge(text: string, now: Millis): Result<Millis> {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return succeed(now - Number(count) * (units[unit] ?? 0));
  const at = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== undefined) return succeed(at);
  return fail(`${quote(text)} is not a time: write 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d`);
}
