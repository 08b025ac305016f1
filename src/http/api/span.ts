import { AppError } from "../../core/errors.ts";
import { dayMillis, type Millis } from "../../core/time.ts";
import { toIsoTime } from "./fields.ts";

const usualMaxDays = 92;

/** The span of a request; without `until` it ends now. Throws `invalid` for one that is empty or too long. */
export function resolveSpan(
  given: { readonly since?: Millis | undefined; readonly until?: Millis | undefined },
  now: Millis,
  defaultLength: Millis,
  maxDays = usualMaxDays,
): { readonly since: Millis; readonly until: Millis } {
  const until = given.until ?? now;
  const since = given.since ?? until - defaultLength;
  if (since >= until) throw new AppError("invalid", `since must be before until (${String(toIsoTime(until))})`);
  if (until - since > maxDays * dayMillis) {
    throw new AppError(
      "invalid",
      `since must be at most ${maxDays} days before until: split a longer span into several requests`,
    );
  }
  return { since, until };
}
