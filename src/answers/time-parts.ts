import type { AnswerJob, Span } from "./answer.ts";
import { findRunnableAt } from "./runnable.ts";
import { isCarriedOver } from "../core/job-end.ts";
import type { Millis } from "../core/time.ts";

/** Where time went. A moment belongs to the first part that applies. */
export const timeParts = ["execution", "queue", "approval", "idle", "other"] as const;
export type TimePart = (typeof timeParts)[number];

/** The parts that jobs are in. */
const activities = ["execution", "queue", "approval"] as const satisfies readonly TimePart[];

/** From `since` to `until` a job was in the part of this place in `activities`: numbers, because there are millions. */
export type Activity = readonly [since: Millis, until: Millis, place: number];

/** An attempt may end so long before the last work of it, because moments are rounded to seconds. */
const roundingSeconds = 1;

/** When a job worked, was ready and waited for a runner, and waited for a person. */
export function listActivities(job: AnswerJob): Activity[] {
  const { startedAt, finishedAt, gatedAt, gateOpenedAt, queuedAt } = job;
  if (isCarriedOver(job)) return [];
  const spans = [
    [startedAt, finishedAt],
    [findRunnableAt(job), startedAt],
    [gatedAt, gateOpenedAt ?? queuedAt ?? startedAt],
  ] as const;
  return spans.flatMap(([since, until], place): Activity[] =>
    since === null || until === null || until <= since ? [] : [[since, until, place]],
  );
}

/**
 * Splits a span by what happened in it: a job worked (`execution`), was ready and waited for a runner (`queue`), or waited for a
 * person (`approval`). Of the rest, what follows the end of an attempt (`ends`) is `idle`, and all else `other`. The parts, in
 * milliseconds, sum to the span.
 */
export function splitTime(given: readonly Activity[], ends: readonly Millis[], span: Span): Record<TimePart, number> {
  const sums: Record<TimePart, number> = { execution: 0, queue: 0, approval: 0, idle: 0, other: 0 };
  const active = activities.map(() => 0);
  const changes = given.flatMap(([since, until, place]): [Millis, number, number][] => [
    [Math.max(since, span.since), place, 1],
    [Math.max(until, span.since), place, -1],
  ]);
  let at = span.since;
  for (const [moment, place, by] of [...changes, [span.until, 0, 0] as const].toSorted(([a], [b]) => a - b)) {
    const until = Math.min(moment, span.until);
    if (until > at) {
      const found = activities.find((_, i) => (active[i] ?? 0) > 0);
      if (found === undefined) addGap(sums, ends, { since: at, until });
      else sums[found] += until - at;
      at = until;
    }
    active[place] = (active[place] ?? 0) + by;
  }
  return sums;
}

function addGap(sums: Record<TimePart, number>, ends: readonly Millis[], { since, until }: Span): void {
  const inGap = ends.filter((end) => end >= since - roundingSeconds * 1000 && end < until);
  const idleFrom = Math.max(since, Math.min(until, ...inGap));
  sums.other += idleFrom - since;
  sums.idle += until - idleFrom;
}
