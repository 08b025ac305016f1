import { coversDay, toDay, type Span } from "./answer.ts";
import type { RunnerJob } from "./fleet.ts";
import { estimateSeconds, findDayBucket } from "../core/day-bucket.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/**
 * The jobs of a class of runners as sums that add up: of days, and of minutes how many more jobs worked and waited at the beginning of
 * each than a minute before.
 */
export interface RunnerSums {
  readonly days: Map<number, DayOfJobs>;
  readonly running: Map<number, number>;
  readonly waiting: Map<number, number>;
}

interface DayOfJobs {
  /** That started on it. */
  jobs: number;
  /** What all jobs together worked and waited on it. */
  runningMillis: Millis;
  waitingMillis: Millis;
  /** Jobs by the bucket of their wait, see `findDayBucket`. */
  readonly waits: Map<number, number>;
}

/** The same for JSON; of minutes and buckets, pairs in one list. */
export interface SavedRunnerSums {
  readonly days: readonly (readonly [day: number, jobs: number, running: Millis, waiting: Millis, waits: number[]])[];
  readonly running: readonly number[];
  readonly waiting: readonly number[];
}

const minuteMillis = 60_000;

export function createRunnerSums(): RunnerSums {
  return { days: new Map(), running: new Map(), waiting: new Map() };
}

export function addToSums(sums: RunnerSums, { readyAt, startedAt, finishedAt }: RunnerJob): void {
  const day = findDay(sums, toDay(startedAt));
  day.jobs++;
  addTo(day.waits, findDayBucket(startedAt - readyAt), 1);
  addOverlap(sums, "waitingMillis", readyAt, startedAt);
  addOverlap(sums, "runningMillis", startedAt, finishedAt);
  addChanges(sums.waiting, readyAt, startedAt);
  addChanges(sums.running, startedAt, finishedAt);
}

function findDay({ days }: RunnerSums, number: number): DayOfJobs {
  let day = days.get(number);
  if (day === undefined) days.set(number, (day = { jobs: 0, runningMillis: 0, waitingMillis: 0, waits: new Map() }));
  return day;
}

/** Adds a time to each day that it touches. */
function addOverlap(sums: RunnerSums, kind: "runningMillis" | "waitingMillis", from: Millis, to: Millis): void {
  for (let at = from; at < to; ) {
    const end = Math.min(to, (toDay(at) + 1) * dayMillis);
    findDay(sums, toDay(at))[kind] += end - at;
    at = end;
  }
}

/** One more from the first minute that begins in this time on, and one less from the first minute after it. */
function addChanges(changes: Map<number, number>, from: Millis, to: Millis): void {
  const [first, end] = [Math.ceil(from / minuteMillis), Math.ceil(to / minuteMillis)];
  if (first === end) return;
  addTo(changes, first, 1);
  addTo(changes, end, -1);
}

function addTo(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export function saveSums({ days, running, waiting }: RunnerSums): SavedRunnerSums {
  return {
    days: [...days].map(([day, one]) => [day, one.jobs, one.runningMillis, one.waitingMillis, [...one.waits].flat()]),
    running: [...running].flat(),
    waiting: [...waiting].flat(),
  };
}

export function loadSums(sums: RunnerSums, { days, running, waiting }: SavedRunnerSums): void {
  for (const [number, jobs, runningMillis, waitingMillis, waits] of days) {
    const day = findDay(sums, number);
    day.jobs += jobs;
    day.runningMillis += runningMillis;
    day.waitingMillis += waitingMillis;
    addPairs(day.waits, waits);
  }
  addPairs(sums.running, running);
  addPairs(sums.waiting, waiting);
}

function addPairs(counts: Map<number, number>, pairs: readonly number[]): void {
  for (let i = 0; i < pairs.length; i += 2) addTo(counts, pairs[i] ?? 0, pairs[i + 1] ?? 0);
}

/** What the days of a span hold together. */
export function sumDays({ days }: RunnerSums, span: Span): Readonly<DayOfJobs> {
  const sum: DayOfJobs = { jobs: 0, runningMillis: 0, waitingMillis: 0, waits: new Map() };
  for (const [number, day] of days) {
    if (!coversDay(span, number)) continue;
    sum.jobs += day.jobs;
    sum.runningMillis += day.runningMillis;
    sum.waitingMillis += day.waitingMillis;
    for (const [bucket, jobs] of day.waits) addTo(sum.waits, bucket, jobs);
  }
  return sum;
}

/** The most at the beginning of a minute of the span. */
export function findPeak(changes: ReadonlyMap<number, number>, { since, until }: Span): number {
  let [level, peak, inside] = [0, 0, false];
  for (const [minute, by] of [...changes].toSorted(([a], [b]) => a - b)) {
    if (minute * minuteMillis >= until) break;
    if (minute * minuteMillis > since && !inside) {
      // What began before the span and has not ended is in it.
      peak = Math.max(peak, level);
      inside = true;
    }
    level += by;
    if (minute * minuteMillis >= since) peak = Math.max(peak, level);
  }
  return inside ? peak : Math.max(peak, level);
}

/** Jobs by seconds of their wait, the shortest first; each wait is at most `dayTimesErrorBound` from that of its bucket. */
export function listWaitSeconds(waits: ReadonlyMap<number, number>): (readonly [seconds: number, jobs: number])[] {
  const none = findDayBucket(0);
  return [...waits]
    .toSorted(([a], [b]) => a - b)
    .map(([bucket, jobs]) => [bucket === none ? 0 : estimateSeconds(bucket), jobs] as const);
}
