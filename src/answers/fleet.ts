import type { Steps } from "./finish-in-steps.ts";
import { pickPercentile } from "./percentiles.ts";
import type { Millis } from "../core/time.ts";

/** A job that took a runner. */
export interface RunnerJob {
  /** When it could have started. */
  readonly readyAt: Millis;
  readonly startedAt: Millis;
  readonly finishedAt: Millis;
}

/** In the order in which they would take runners: first come, first served. Of those that came together, as they started. */
export function sortByArrival<J extends RunnerJob>(jobs: readonly J[]): readonly J[] {
  return jobs.toSorted((a, b) => a.readyAt - b.readyAt || a.startedAt - b.startedAt || a.finishedAt - b.finishedAt);
}

export interface Schedule {
  /** When each job would have started, in the order of the jobs. */
  readonly starts: Float64Array;
  /** When the last one would have ended. */
  readonly end: Millis;
}

/** Runs jobs, which are in the order of arrival, on a number of runners: each takes the runner that is free first. */
export function scheduleOnRunners(jobs: readonly RunnerJob[], runners: number): Schedule {
  const freeAt = new Float64Array(runners);
  const starts = new Float64Array(jobs.length);
  let end = 0;
  for (const [i, { readyAt, startedAt, finishedAt }] of jobs.entries()) {
    const start = Math.max(readyAt, freeAt[0] ?? 0);
    const finish = start + finishedAt - startedAt;
    starts[i] = start;
    end = Math.max(end, finish);
    replaceFirst(freeAt, finish);
  }
  return { starts, end };
}

/** Replaces the least number of a binary heap, which is its first, by a greater one. */
function replaceFirst(heap: Float64Array, value: number): void {
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
    const least = heap[child] ?? 0;
    if (least >= value) break;
    heap[place] = least;
    place = child;
  }
  heap[place] = value;
}

/** The seconds that each job waited, sorted. */
export function listWaits(jobs: readonly RunnerJob[], starts: Float64Array): Float64Array {
  return Float64Array.from(jobs, ({ readyAt }, i) => ((starts[i] ?? readyAt) - readyAt) / 1000).toSorted();
}

/** The least number of runners with which this percentile of the waits is at most `target` seconds. 0: there are no jobs. */
export function* findLeastRunners(jobs: readonly RunnerJob[], percentile: number, target: number): Steps<number> {
  if (jobs.length === 0) return 0;
  // With a runner for each job none waits, and one runner more never makes a wait longer.
  const from = Float64Array.from(jobs, ({ readyAt }) => readyAt);
  const to = Float64Array.from(jobs, ({ readyAt, startedAt, finishedAt }) => readyAt + finishedAt - startedAt);
  let [low, high] = [1, Math.max(1, countPeak(from, to))];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const waits = listWaits(jobs, scheduleOnRunners(jobs, middle).starts);
    if (pickPercentile(waits, percentile) <= target) high = middle;
    else low = middle + 1;
    yield;
  }
  return low;
}

/** The most intervals that overlap; `to[i]` is the end of the one from `from[i]`. One that begins when another ends does not overlap it. */
export function countPeak(from: Float64Array, to: Float64Array): number {
  const begins = from.toSorted();
  const ends = to.toSorted();
  let [peak, ended] = [0, 0];
  for (let i = 0; i < begins.length; i++) {
    const begin = begins[i] ?? 0;
    while (ended < ends.length && (ends[ended] ?? 0) <= begin) ended++;
    if (i + 1 - ended > peak) peak = i + 1 - ended;
  }
  return peak;
}
