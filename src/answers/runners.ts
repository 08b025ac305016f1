import { compareTexts, type Answer, type AnswerJob, type Span } from "./answer.ts";
import { countPeak, type RunnerJob } from "./fleet.ts";
import { pickPercentile, sortNumbers } from "./percentiles.ts";
import { findRunnableAt } from "./runnable.ts";
import { isCarriedOver } from "../core/job-end.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** How busy the runners of a class were, and how long jobs waited for them. */
export interface RunnerUse {
  /** `null`: the jobs whose provider reports no labels or tags. */
  readonly runnerClass: string | null;
  readonly jobs: number;
  readonly runs: number;
  /** The most jobs that worked, and that waited, at the same time. */
  readonly peakRunning: number;
  readonly peakWaiting: number;
  /** Averages over the time of the span. */
  readonly meanRunning: number;
  readonly meanWaiting: number;
  /** Average of the working jobs among the most that worked at the same time: 0 to 1. */
  readonly utilisation: number;
  /** Seconds. */
  readonly queueP50: number;
  readonly queueP90: number;
  /** Jobs that waited at most the target: 0 to 1. */
  readonly withinTargetShare: number;
}

export const runnersDefinition =
  "Jobs that started in the span, by runner class: how many worked and waited at the same time, the share of time in which the " +
  "runners worked (against the most that worked at the same time in the span and the 7 days before until), and how long jobs " +
  "waited from when they were ready, gates apart, until they started";

/** The wait that is promised to jobs, in seconds, unless another is asked for. */
export const defaultTargetSeconds = 60;

const capacityMillis = 7 * dayMillis;

/** How long before the span runs are needed. */
export function computeRunnersLookback({ since, until }: Span): Millis {
  return Math.max(0, capacityMillis - (until - since));
}

/** The jobs of a class, a list for each of their times: there may be a million of them. */
interface ClassJobs {
  readonly readyAt: Millis[];
  readonly startedAt: Millis[];
  readonly finishedAt: Millis[];
  readonly runIds: number[];
}

/** Computes how busy each class of runners was. It needs the runs from `computeRunnersLookback` before the span. */
export function createRunnersAnswer(span: Span, targetSeconds: number): Answer<RunnerUse> {
  const classes = new Map<string | null, ClassJobs>();
  return {
    add(run) {
      for (const job of run.jobs) {
        const placed = toRunnerJob(job);
        if (placed === undefined || placed.readyAt >= span.until) continue;
        const jobs = classes.get(job.runnerClass) ?? { readyAt: [], startedAt: [], finishedAt: [], runIds: [] };
        classes.set(job.runnerClass, jobs);
        jobs.readyAt.push(placed.readyAt);
        jobs.startedAt.push(placed.startedAt);
        jobs.finishedAt.push(placed.finishedAt);
        jobs.runIds.push(run.id);
      }
    },
    finish() {
      const counted = new Set<number>();
      const items = [...classes].flatMap(([runnerClass, jobs]) =>
        measureUse(runnerClass, jobs, span, targetSeconds, counted),
      );
      const jobs = items.reduce((total, item) => total + item.jobs, 0);
      return { runs: counted.size, jobs, items: items.toSorted(compareUses) };
    },
  };
}

/** `undefined` for a job that took no runner, or has not ended. */
export function toRunnerJob(job: AnswerJob): RunnerJob | undefined {
  const { startedAt, finishedAt, result } = job;
  const readyAt = findRunnableAt(job);
  if (readyAt === null || startedAt === null || finishedAt === null || result === "skip" || isCarriedOver(job)) {
    return undefined;
  }
  return { readyAt, startedAt, finishedAt: Math.max(startedAt, finishedAt) };
}

/** Nothing where no job started in the span; `counted` gets the runs of those that did. */
function measureUse(
  runnerClass: string | null,
  { readyAt, startedAt, finishedAt, runIds }: ClassJobs,
  span: Span,
  targetSeconds: number,
  counted: Set<number>,
): RunnerUse[] {
  const waits: number[] = [];
  const runs = new Set<number>();
  let within = 0;
  for (let i = 0; i < startedAt.length; i++) {
    const at = startedAt[i] ?? 0;
    if (at < span.since || at >= span.until) continue;
    const seconds = (at - (readyAt[i] ?? at)) / 1000;
    if (seconds <= targetSeconds) within++;
    waits.push(seconds);
    runs.add(runIds[i] ?? 0);
  }
  if (waits.length === 0) return [];
  for (const id of runs) counted.add(id);
  const sorted = sortNumbers(waits);
  const running = clip(startedAt, finishedAt, span);
  const waiting = clip(readyAt, startedAt, span);
  const peakRunning = countPeak(running.from, running.to);
  const since = Math.min(span.since, span.until - capacityMillis);
  const week = since === span.since ? undefined : clip(startedAt, finishedAt, { ...span, since });
  const capacity = week === undefined ? peakRunning : countPeak(week.from, week.to);
  const meanRunning = computeMean(running, span);
  return [
    {
      runnerClass,
      jobs: waits.length,
      runs: runs.size,
      peakRunning,
      peakWaiting: countPeak(waiting.from, waiting.to),
      meanRunning,
      meanWaiting: computeMean(waiting, span),
      utilisation: capacity === 0 ? 0 : Math.min(1, meanRunning / capacity),
      queueP50: pickPercentile(sorted, 50),
      queueP90: pickPercentile(sorted, 90),
      withinTargetShare: within / waits.length,
    },
  ];
}

/** Intervals, as a list of their beginnings and one of their ends. */
interface Intervals {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** The parts of the intervals that are in the span. Those that take no time are left out: nothing overlaps them. */
function clip(from: readonly Millis[], to: readonly Millis[], { since, until }: Span): Intervals {
  const clipped = { from: new Float64Array(from.length), to: new Float64Array(from.length) };
  let length = 0;
  for (let i = 0; i < from.length; i++) {
    const begin = Math.max(from[i] ?? 0, since);
    const end = Math.min(to[i] ?? 0, until);
    if (begin >= end) continue;
    clipped.from[length] = begin;
    clipped.to[length++] = end;
  }
  return { from: clipped.from.subarray(0, length), to: clipped.to.subarray(0, length) };
}

/** How many of the intervals, which are in the span, there were at a time, on average. */
function computeMean({ from, to }: Intervals, { since, until }: Span): number {
  let total = 0;
  for (let i = 0; i < from.length; i++) total += (to[i] ?? 0) - (from[i] ?? 0);
  return total / (until - since);
}

/** Those for which most jobs waited first. */
function compareUses(a: RunnerUse, b: RunnerUse): number {
  return b.meanWaiting - a.meanWaiting || b.jobs - a.jobs || compareTexts(a.runnerClass ?? "", b.runnerClass ?? "");
}
