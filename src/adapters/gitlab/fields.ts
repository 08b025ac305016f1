import { parseTime } from "../time.ts";
import type { Runner } from "./runner.ts";
import { plausibleSecondsMax, type Millis } from "../../core/time.ts";

/** The fields of a job, the same from either hook. `undefined`: this version of GitLab does not send the field. */
export interface JobFields {
  readonly id: number;
  readonly name: string;
  readonly stage: string | null | undefined;
  readonly status: string;
  readonly createdAt: Millis | null;
  readonly startedAt: Millis | null;
  readonly finishedAt: Millis | null;
  /** Seconds. While the job runs: how long it has run so far. */
  readonly duration: number | null | undefined;
  /** Seconds from being ready to run to the start. Until it starts: how long it has waited so far. */
  readonly queuedDuration: number | null | undefined;
  readonly failureReason: string | null | undefined;
  readonly allowFailure: boolean | null | undefined;
  /** Whether a person has to play it. */
  readonly manual?: boolean | null | undefined;
  readonly when?: string | null | undefined;
  readonly runner: Runner | null | undefined;
  readonly environment?: unknown;
  readonly user?: unknown;
  /** How many tries of it came before, where the payload says so reliably. */
  readonly retriesBefore?: number | undefined;
  /** The address of the project, for the link to the job. */
  readonly webUrl: string | undefined;
}

/** Reads a time; `null` for an empty field. A text that is no time is added to `problems`. `build`: the index in `builds`. */
export function readTime(
  field: string,
  text: string | null | undefined,
  problems: string[],
  build?: number,
): Millis | null {
  if (text === null || text === undefined || text === "") return null;
  const at = parseTime(text);
  if (at !== undefined) return at;
  const name = build === undefined ? field : `builds.${build}.${field}`;
  problems.push(`${name} is not a time with a zone: ${JSON.stringify(text.slice(0, 60))}`);
  return null;
}

/** Seconds as GitLab counted them. A value that is impossible, because a clock was put back or ahead, is left out (`undefined`). */
export function readSeconds(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === "number" && (seconds < 0 || seconds > plausibleSecondsMax) ? undefined : seconds;
}
