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

/** Senders take their moments from different clocks: a little backwards is no time at all, more is a contradiction. */
const toleranceSeconds = 1;

/** Seconds it worked; `null` where it never ran, was skipped, has not finished, or where the clocks contradict. */
export function durationSeconds(of: Folded<Timed>): number | null {
  if (of.facts.state !== "finished" || of.facts.result === "skip") return null;
  const said = ofAttempt(of, "durationSeconds");
  return said === undefined ? span(of.startedAt, ofAttempt(of, "finishedAt")) : said;
}

/** Seconds from queued to started; `null` where it never started or is not known. The provider's own figure wins. */
export function queueSeconds(of: Folded<Timed>): number | null {
  if (of.facts.result === "skip") return null;
  const said = ofAttempt(of, "queueSeconds");
  return said === undefined ? span(of.queuedAt, of.startedAt) : said;
}

/** What was said of an earlier attempt does not time this one. */
function ofAttempt(
  { version, versions, facts }: Folded<Timed>,
  field: "finishedAt" | "queueSeconds" | "durationSeconds",
): number | null | undefined {
  return (versions?.[field] ?? version).epoch === version.epoch ? facts[field] : undefined;
}

function span(from: number | null | undefined, to: number | null | undefined): number | null {
  if (from === null || from === undefined || to === null || to === undefined) return null;
  const seconds = (to - from) / 1000;
  return seconds < -toleranceSeconds || seconds > plausibleSecondsMax ? null : Math.max(0, seconds);
}
