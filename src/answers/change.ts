import { compareTexts, joinKey, type Span } from "./answer.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export const changeKinds = ["duration", "success", "queue"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** What changed: a job, a pipeline (no job name), or the queue of a runner class (nothing else). */
export interface ChangedThing {
  readonly provider: string | null;
  readonly source: string | null;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly jobName: string | null;
  readonly runnerClass: string | null;
}

/** How it changed. The unit is seconds for a duration and a queue, for success the share of successes, 0 to 1. */
export interface Difference {
  readonly before: number;
  readonly after: number;
  /** The probability of such a difference by chance. */
  readonly p: number;
}

/** An execution of a job or pipeline, or a wait for a runner. */
export interface Sighting {
  readonly at: Millis;
  readonly runId: number;
  readonly sha: string | null;
}

export interface TimedSighting extends Sighting {
  readonly seconds: number;
}

/** Something that became slower or faster, fails more often, or waits longer, with the run at which that began. */
export interface Change extends ChangedThing, Difference, Sighting {
  readonly what: ChangeKind;
}

/** The time before a moment in two parts, which are compared. */
export interface ComparedDays {
  readonly earlierSince: Millis;
  readonly recentSince: Millis;
  readonly until: Millis;
}

const recentDays = 7;
const earlierDays = 28;

/** The 7 days before the end of a span, and the 28 before them. */
export function compareDays({ until }: Span): ComparedDays {
  const recentSince = until - recentDays * dayMillis;
  return { earlierSince: recentSince - earlierDays * dayMillis, recentSince, until };
}

/** How long before the span runs are needed: 28 days, and all compared days. */
export function computeChangesLookback(span: Span): Millis {
  return Math.max(earlierDays * dayMillis, span.since - compareDays(span).earlierSince);
}

/** Orders sightings by time, and those of one time by commit: our ids depend on the order in which deliveries arrived. */
export function compareSightings(a: Sighting, b: Sighting): number {
  return a.at - b.at || compareTexts(a.sha ?? "", b.sha ?? "") || a.runId - b.runId;
}

export function nameThing(thing: ChangedThing): string {
  const { provider, source, project, pipeline, stage, jobName, runnerClass } = thing;
  return joinKey(provider, source, project, pipeline, stage, jobName, runnerClass);
}
