import type { AnswerJob, Span } from "./answer.ts";
import { findRunnableAt } from "./runnable.ts";
import { isCarriedOver } from "../core/job-end.ts";
import type { Millis } from "../core/time.ts";

/** Where time went. A moment belongs to the first part that applies. */
export const timeParts = ["execution", "queue", "approval", "idle", "other"] as const;
export type TimePart = (typeof timeParts)[number];

/** The parts that jobs are in. */
const activities = ["execution", "queue", "approval"] as const satisfies readonly TimePart[];

/**
 * When jobs were in the parts of `activities`: three numbers each time, since when, until when, and the place of the part. In one list,
 * because there are millions.
 */
export type Activities = readonly number[];

/** An attempt may end so long before the last work of it, because moments are rounded to seconds. */
const roundingSeconds = 1;

/** Adds when a job worked, was ready and waited for a runner, and waited for a person. */
export function addActivities(job: AnswerJob, list: number[]): void {
  const { startedAt, finishedAt, gatedAt, gateOpenedAt, queuedAt } = job;
  if (isCarriedOver(job)) return;
  const add = (since: Millis | null, until: Millis | null, place: number): void => {
    if (since !== null && until !== null && until > since) list.push(since, until, place);
  };
  add(startedAt, finishedAt, 0);
  add(findRunnableAt(job), startedAt, 1);
  if (gatedAt !== null) add(gatedAt, gateOpenedAt ?? queuedAt ?? startedAt, 2);
}

/**
 * Splits a span by what happened in it: a job worked (`execution`), was ready and waited for a runner (`queue`), or waited for a
 * person (`approval`). Of the rest, what follows the end of an attempt (`ends`) is `idle`, and all else `other`. The parts, in
 * milliseconds, sum to the span.
 */
export function splitTime(given: readonly Activities[], ends: readonly Millis[], span: Span): Record<TimePart, number> {
  const sums: Record<TimePart, number> = { execution: 0, queue: 0, approval: 0, idle: 0, other: 0 };
  const active = activities.map(() => 0);
  let at = span.since;
  const advance = (moment: Millis): void => {
    const until = Math.min(moment, span.until);
    if (until <= at) return;
    const found = activities.find((_, i) => (active[i] ?? 0) > 0);
    if (found === undefined) addGap(sums, ends, { since: at, until });
    else sums[found] += until - at;
    at = until;
  };
  for (const change of sortChanges(given, span.since)) {
    const place = (change % changeKinds) >> 1;
    advance(Math.floor(change / changeKinds));
    active[place] = (active[place] ?? 0) + (change % 2 === 0 ? -1 : 1);
  }
  advance(span.until);
  return sums;
}

/** A moment, a place and whether it begins, in one number: numbers are sorted several times faster than objects. */
const changeKinds = 8;

/** Where activities begin and end, in the order of time. */
function sortChanges(given: readonly Activities[], since: Millis): Float64Array {
  const changes = new Float64Array(given.reduce((sum, list) => sum + (list.length / 3) * 2, 0));
  let length = 0;
  for (const list of given) {
    for (let i = 0; i < list.length; i += 3) {
      const kind = (list[i + 2] ?? 0) * 2;
      changes[length++] = Math.max(list[i] ?? 0, since) * changeKinds + kind + 1;
      changes[length++] = Math.max(list[i + 1] ?? 0, since) * changeKinds + kind;
    }
  }
  return changes.toSorted();
}

function addGap(sums: Record<TimePart, number>, ends: readonly Millis[], { since, until }: Span): void {
  const inGap = ends.filter((end) => end >= since - roundingSeconds * 1000 && end < until);
  const idleFrom = Math.max(since, Math.min(until, ...inGap));
  sums.other += idleFrom - since;
  sums.idle += until - idleFrom;
}
