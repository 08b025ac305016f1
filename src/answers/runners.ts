import { compareTexts, toDay, type AnswerJob, type Findings, type Mergeable, type Span } from "./answer.ts";
import { capacityMillis, type RunnerUse } from "./runner-use.ts";
import { countPeak, type RunnerJob } from "./fleet.ts";
import { pickPercentile, sortNumbers } from "./percentiles.ts";
import { createRunCounts, type SavedRunCounts } from "./run-counts.ts";
import { addToSums, createRunnerSums, loadSums, saveSums, type SavedRunnerSums } from "./runner-sums.ts";
import { estimateUse, type SummedClass } from "./estimate-use.ts";
import { findRunnableAt } from "./runnable.ts";
import { isCarriedOver } from "../core/job-end.ts";
import { type Millis } from "../core/time.ts";

export const runnersDefinition =
  "Jobs that started in the span, by runner class: how many worked and waited at the same time, the share of time in which the " +
  "runners worked (against the most that worked at the same time in the span and the 7 days before until), and how long jobs " +
  "waited from when they were ready, gates apart, until they started";

/** The wait that is promised to jobs, in seconds, unless another is asked for. */
export const defaultTargetSeconds = 60;

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

interface SavedRunners {
  readonly classes: readonly (readonly [runnerClass: string | null, sums: SavedRunnerSums, counts: SavedRunCounts])[];
  readonly counts: SavedRunCounts;
}

/**
 * Computes how busy each class of runners was. It needs the runs from `computeRunnersLookback` before the span. Where some were loaded,
 * peaks are those at the beginnings of minutes, and waits are known to a few percent.
 */
export function createRunnersAnswer(span: Span, targetSeconds: number): Mergeable<Findings<RunnerUse>> {
  const classes = new Map<string | null, ClassJobs>();
  const summed = new Map<string | null, SummedClass>();
  const counts = createRunCounts();

  function findSummed(runnerClass: string | null): SummedClass {
    const found = summed.get(runnerClass) ?? { sums: createRunnerSums(), counts: createRunCounts() };
    summed.set(runnerClass, found);
    return found;
  }

  /** Sums up the jobs that were added one by one. */
  function sumUp(): void {
    const all = new Map<number, Set<number>>();
    for (const [runnerClass, jobs] of classes) {
      const own = findSummed(runnerClass);
      for (const job of listRunnerJobs(jobs)) addToSums(own.sums, job);
      for (const [runId, days] of listDaysOfRuns(jobs)) {
        own.counts.add(days);
        all.set(runId, new Set([...(all.get(runId) ?? []), ...days]));
      }
    }
    for (const days of all.values()) counts.add(days);
    classes.clear();
  }

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
    save(): SavedRunners {
      sumUp();
      const saved = [...summed].map(([name, own]) => [name, saveSums(own.sums), own.counts.save()] as const);
      return { classes: saved, counts: counts.save() };
    },
    load(state) {
      const saved = state as SavedRunners;
      for (const [name, sums, ofClass] of saved.classes) {
        const own = findSummed(name);
        loadSums(own.sums, sums);
        own.counts.load(ofClass);
      }
      counts.load(saved.counts);
    },
    finish() {
      if (summed.size > 0) {
        sumUp();
        const found = [...summed].flatMap(([name, own]) => estimateUse(name, own, span, targetSeconds));
        return finish(found, counts.count(span));
      }
      const counted = new Set<number>();
      const items = [...classes].flatMap(([name, jobs]) => measureUse(name, jobs, span, targetSeconds, counted));
      return finish(items, counted.size);
    },
  };
}

function finish(items: readonly RunnerUse[], runs: number): Findings<RunnerUse> {
  const jobs = items.reduce((total, item) => total + item.jobs, 0);
  return { runs, jobs, items: items.toSorted(compareUses) };
}

function listRunnerJobs({ readyAt, startedAt, finishedAt }: ClassJobs): RunnerJob[] {
  return startedAt.map((at, i) => ({ readyAt: readyAt[i] ?? at, startedAt: at, finishedAt: finishedAt[i] ?? at }));
}

/** The days on which jobs of a run started, by run. */
function listDaysOfRuns({ startedAt, runIds }: ClassJobs): Map<number, Set<number>> {
  const days = new Map<number, Set<number>>();
  startedAt.forEach((at, i) => {
    const runId = runIds[i] ?? 0;
    const own = days.get(runId);
    if (own === undefined) days.set(runId, new Set([toDay(at)]));
    else own.add(toDay(at));
  });
  return days;
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
