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
 * What a run did, in the order of time: three numbers each time, since when, until when, and the place of the part in `activities`. No two
 * of them overlap. In one list, because there are millions.
 */
export type Activities = readonly number[];

/** An attempt may end so long before the last work of it, because moments are rounded to seconds. */
const roundingSeconds = 1;

/** When some of the jobs worked, were ready and waited for a runner, or waited for a person. */
export function listActivities(jobs: readonly AnswerJob[]): Activities {
  const changes = new Float64Array(jobs.length * 2 * activities.length);
  let length = 0;
  const add = (since: Millis | null, until: Millis | null, place: number): void => {
    if (since === null || until === null || until <= since) return;
    changes[length++] = since * changeKinds + 2 * place + 1;
    changes[length++] = until * changeKinds + 2 * place;
  };
  for (const job of jobs) {
    const { startedAt, finishedAt, gatedAt, gateOpenedAt, queuedAt } = job;
    if (isCarriedOver(job)) continue;
    add(startedAt, finishedAt, 0);
    add(findRunnableAt(job), startedAt, 1);
    if (gatedAt !== null) add(gatedAt, gateOpenedAt ?? queuedAt ?? startedAt, 2);
  }
  const list: number[] = [];
  sweep(changes.subarray(0, length).toSorted(), (since, until, place) => {
    if (place < 0) return;
    // Most often a job begins in the moment in which another one ends, or while another one works.
    if (list.at(-1) === place && list.at(-2) === since) list[list.length - 2] = until;
    else list.push(since, until, place);
  });
  // Without the room that the list grew by.
  return list.slice();
}

/** Calls `visit` with the time between two changes and the place of the first part that is active in it; -1: none is. */
function sweep(changes: Float64Array, visit: (since: Millis, until: Millis, place: number) => void): void {
  const active = [0, 0, 0];
  let at = -Infinity;
  for (const change of changes) {
    const moment = Math.floor(change / changeKinds);
    if (moment > at) {
      if (at > -Infinity)
        visit(
          at,
          moment,
          active.findIndex((count) => count > 0),
        );
      at = moment;
    }
    const kind = change % changeKinds;
    const place = kind >> 1;
    active[place] = (active[place] ?? 0) + (kind % 2 === 0 ? -1 : 1);
  }
}

/**
 * Splits a span by what happened in it: a job worked (`execution`), was ready and waited for a runner (`queue`), or waited for a
 * person (`approval`). Of the rest, what follows the end of an attempt (`ends`) is `idle`, and all else `other`. The parts, in
 * milliseconds, sum to the span.
 */
export function splitTime(given: readonly Activities[], ends: readonly Millis[], span: Span): Record<TimePart, number> {
  const sums: Record<TimePart, number> = { execution: 0, queue: 0, approval: 0, idle: 0, other: 0 };
  let at = span.since;
  const add = (since: Millis, until: Millis, place: number): void => {
    const part = activities[place];
    const [from, to] = [Math.max(since, at), Math.min(until, span.until)];
    if (part === undefined || to <= from) return;
    if (from > at) addGap(sums, ends, { since: at, until: from });
    sums[part] += to - from;
    at = to;
  };
  const [first = [], ...others] = given;
  if (others.length > 0) sweep(sortChanges(given), add);
  else for (let i = 0; i < first.length; i += 3) add(first[i] ?? 0, first[i + 1] ?? 0, first[i + 2] ?? -1);
  if (span.until > at) addGap(sums, ends, { since: at, until: span.until });
  return sums;
}

/** A moment, a place and whether it begins, in one number: numbers are sorted several times faster than objects. */
const changeKinds = 8;

/** Where activities of several runs begin and end, in the order of time. */
function sortChanges(given: readonly Activities[]): Float64Array {
  const changes = new Float64Array(given.reduce((sum, list) => sum + (list.length / 3) * 2, 0));
  let length = 0;
  for (const list of given) {
    for (let i = 0; i < list.length; i += 3) {
      const kind = (list[i + 2] ?? 0) * 2;
      changes[length++] = (list[i] ?? 0) * changeKinds + kind + 1;
      changes[length++] = (list[i + 1] ?? 0) * changeKinds + kind;
    }
  }
  return changes.toSorted();
}

/** What follows the end of an attempt is idle, the rest is other. */
function addGap(sums: Record<TimePart, number>, ends: readonly Millis[], { since, until }: Span): void {
  let idleFrom = until;
  for (const end of ends) {
    if (end >= since - roundingSeconds * 1000 && end < idleFrom) idleFrom = Math.max(since, end);
  }
  sums.other += idleFrom - since;
  sums.idle += until - idleFrom;
}
