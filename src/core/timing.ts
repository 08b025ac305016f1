import type { Folded } from "./merge.ts";
import type { RunResult, State } from "./states.ts";
import { plausibleSecondsMax } from "./time.ts";

interface Timed {
  readonly state: State;
  readonly result: RunResult | null;
  readonly finishedAt: number | null;
  readonly queueSeconds: number | null;
  readonly durationSeconds: number | null;
}

/** Moments may come from different clocks: a start up to this many seconds after its end counts as 0 s, more as unknown. */
const toleranceSeconds = 1;

/** Seconds of work; `null` where it never ran, was skipped, has not finished, or where the clocks contradict. */
export function computeDuration(of: Folded<Timed>): number | null {
  if (of.facts.state !== "finished" || of.facts.result === "skip") return null;
  const reported = readFromAttempt(of, "durationSeconds");
  return reported === undefined ? computeSpan(of.startedAt, readFromAttempt(of, "finishedAt")) : reported;
}

/** Seconds from queued to started; `null` where it never started or is unknown. The provider's own figure wins. */
export function computeQueueTime(of: Folded<Timed>): number | null {
  if (of.facts.result === "skip") return null;
  const reported = readFromAttempt(of, "queueSeconds");
  return reported === undefined ? computeSpan(of.queuedAt, of.startedAt) : reported;
}

/** Reads a field of the current attempt; a value of an earlier attempt is not used. */
function readFromAttempt(
  { version, versions, facts }: Folded<Timed>,
  field: "finishedAt" | "queueSeconds" | "durationSeconds",
): number | null | undefined {
  return (versions?.[field] ?? version).epoch === version.epoch ? facts[field] : undefined;
}

function computeSpan(from: number | null | undefined, to: number | null | undefined): number | null {
  if (from === null || from === undefined || to === null || to === undefined) return null;
  const seconds = (to - from) / 1000;
  return seconds < -toleranceSeconds || seconds > plausibleSecondsMax ? null : Math.max(0, seconds);
}
