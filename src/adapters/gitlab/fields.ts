import { parseTime } from "../time.ts";
import type { Millis } from "../../core/time.ts";

/** Reads a time; `null` where there is none. A text that is no time is added to `problems`. */
export function readTime(field: string, text: string | null | undefined, problems: string[]): Millis | null {
  if (text === null || text === undefined || text === "") return null;
  const at = parseTime(text);
  if (at === undefined) problems.push(`${field} is not a time with a zone: ${JSON.stringify(text.slice(0, 60))}`);
  return at ?? null;
}

/** Ten years. No run or job of GitLab lasts as long. */
const secondsMax = 10 * 366 * 24 * 3600;

/** Seconds as GitLab counted them. A value that is impossible, because a clock was put back or ahead, is left out (`undefined`). */
export function readSeconds(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === "number" && (seconds < 0 || seconds > secondsMax) ? undefined : seconds;
}
