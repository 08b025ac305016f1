import { compareTexts, type Answer, type AnswerJob, type Span } from "./answer.ts";
import { countPeak, type RunnerJob } from "./fleet.ts";
import { pickPercentile, sortNumbers } from "./percentiles.ts";
import { findRunnableAt } from "./runnable.ts";
import { isCarriedOver } from "./tries.ts";
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

/** A job that took a runner, and its run. */
interface PlacedJob extends RunnerJob {
  readonly runId: number;
}

/** Computes how busy each class of runners was. It needs the runs from `computeRunnersLookback` before the span. */
export function createRunnersAnswer(span: Span, targetSeconds: number): Answer<RunnerUse> {
  const classes = new Map<string | null, PlacedJob[]>();
  return {
    add(run) {
      for (const job of run.jobs) {
        const placed = toRunnerJob(job);
        if (placed === undefined || placed.readyAt >= span.until) continue;
        const jobs = classes.get(job.runnerClass) ?? [];
        classes.set(job.runnerClass, jobs);
        jobs.push({ ...placed, runId: run.id });
      }
    },
    finish() {
      const counted = new Set<number>();
      let jobCount = 0;
      const items = [...classes].flatMap(([runnerClass, jobs]) => {
        const started = jobs.filter(({ startedAt }) => startedAt >= span.since && startedAt < span.until);
        if (started.length === 0) return [];
        for (const { runId } of started) counted.add(runId);
        jobCount += started.length;
        return [{ runnerClass, ...measureUse(jobs, started, span, targetSeconds) }];
      });
      return { runs: counted.size, jobs: jobCount, items: items.toSorted(compareUses) };
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

type Interval = readonly [from: Millis, to: Millis];

function measureUse(
  jobs: readonly PlacedJob[],
  started: readonly PlacedJob[],
  span: Span,
  targetSeconds: number,
): Omit<RunnerUse, "runnerClass"> {
  const running = jobs.map(({ startedAt, finishedAt }): Interval => [startedAt, finishedAt]);
  const waiting = jobs.map(({ readyAt, startedAt }): Interval => [readyAt, startedAt]);
  const waits = sortNumbers(started.map(({ readyAt, startedAt }) => (startedAt - readyAt) / 1000));
  const meanRunning = computeMean(clip(running, span), span);
  const capacity = countPeak(clip(running, { ...span, since: Math.min(span.since, span.until - capacityMillis) }));
  return {
    jobs: started.length,
    runs: new Set(started.map(({ runId }) => runId)).size,
    peakRunning: countPeak(clip(running, span)),
    peakWaiting: countPeak(clip(waiting, span)),
    meanRunning,
    meanWaiting: computeMean(clip(waiting, span), span),
    utilisation: capacity === 0 ? 0 : Math.min(1, meanRunning / capacity),
    queueP50: pickPercentile(waits, 50),
    queueP90: pickPercentile(waits, 90),
    withinTargetShare: waits.filter((seconds) => seconds <= targetSeconds).length / waits.length,
  };
}

/** The parts of the intervals that are in the span. Those that take no time are left out: nothing overlaps them. */
function clip(intervals: readonly Interval[], { since, until }: Span): readonly Interval[] {
  return intervals
    .map(([from, to]): Interval => [Math.max(from, since), Math.min(to, until)])
    .filter(([from, to]) => from < to);
}

/** How many of the intervals, which are in the span, there were at a time, on average. */
function computeMean(intervals: readonly Interval[], { since, until }: Span): number {
  return intervals.reduce((total, [from, to]) => total + to - from, 0) / (until - since);
}

/** Those for which most jobs waited first. */
function compareUses(a: RunnerUse, b: RunnerUse): number {
  return b.meanWaiting - a.meanWaiting || b.jobs - a.jobs || compareTexts(a.runnerClass ?? "", b.runnerClass ?? "");
}
