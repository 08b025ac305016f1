import { compareTexts, joinKey, toDay, type Findings, type Mergeable, type Span } from "./answer.ts";
import { computeCriticalPath, type PathStep } from "./critical-path.ts";
import { toPathRun } from "./path-run.ts";
import { compareExamples, createPathTotals, type PathTotal, type SavedPathTotals } from "./path-totals.ts";
import type { Millis } from "../core/time.ts";

/** How much a job of a pipeline holds up its runs. */
export interface PathJobShare {
  readonly provider: string;
  readonly source: string;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly jobName: string;
  /** Runs in which it ran. */
  readonly runs: number;
  /** Those of them with it on their path: 0 to 1. */
  readonly onPathShare: number;
  /** Seconds in which it was on a path and worked alone, of all runs together. */
  readonly exclusiveSeconds: number;
  /** Seconds by which all runs together had been shorter with this job a fifth faster. */
  readonly savedIf20Percent: number;
  /** The run in which it worked alone for longest, as an example. */
  readonly runId: number;
}

export const pathJobsDefinition =
  "Jobs on the critical paths of the runs that finished in the span. A path goes from the job that ended last back to the job that " +
  "it waited for: of those that it needs (Tekton), or else of those that had ended when it was unblocked, the one that ended last; " +
  "exclusive seconds are those in which a job of the path worked alone, and a job that is 20 % faster saves a fifth of its time, " +
  "but at most its exclusive seconds";

/** Adds up the critical paths of the runs that finished in the span, by job; the jobs that would save most come first. */
export function createPathJobsAnswer(span: Span): Mergeable<Findings<PathJobShare>> {
  const totals = createPathTotals();
  return {
    add(run) {
      const { finishedAt } = run;
      if (finishedAt === null || finishedAt < span.since || finishedAt >= span.until) return;
      const { jobs, ...times } = toPathRun(run);
      const onPath = sumSteps(computeCriticalPath({ jobs, ...times })?.path ?? []);
      const day = toDay(finishedAt);
      const find = totals.ofRun(run, day);
      for (const { name } of jobs) {
        if (name === null) continue;
        const total = find(name);
        if (total.lastRunId !== run.id) addRun(total, run.id, finishedAt, onPath.get(name));
      }
      totals.countRun(day, jobs.length);
    },
    save: () => totals.save(),
    load: (saved) => totals.load(saved as SavedPathTotals, span),
    finish() {
      const { runs, jobs } = totals.count();
      return { runs, jobs, items: totals.sumDays().toSorted(compareTotals).map(toShare) };
    },
  };
}

/** What a job added to the path of a run; one that ran several times in it may be on it several times. */
interface OnPath {
  exclusiveMillis: Millis;
  savedFifths: number;
}

function sumSteps(steps: readonly PathStep[]): ReadonlyMap<string | null, OnPath> {
  const sums = new Map<string | null, OnPath>();
  for (const { job, exclusiveMillis: alone } of steps) {
    const sum = sums.get(job.name) ?? { exclusiveMillis: 0, savedFifths: 0 };
    sums.set(job.name, sum);
    sum.exclusiveMillis += alone;
    sum.savedFifths += Math.min(job.finishedAt - job.startedAt, alone * 5);
  }
  return sums;
}

/** Adds one run in which the job ran; `onPath`: it was on the path of it. */
function addRun(total: PathTotal, runId: number, finishedAt: Millis, onPath: OnPath | undefined): void {
  const { exclusiveMillis, savedFifths } = onPath ?? { exclusiveMillis: 0, savedFifths: 0 };
  total.runs++;
  total.lastRunId = runId;
  if (onPath !== undefined) total.onPath++;
  total.exclusiveMillis += exclusiveMillis;
  total.savedFifths += savedFifths;
  if (exclusiveMillis < total.example.exclusiveMillis) return;
  const example = { runId, finishedAt, exclusiveMillis };
  if (compareExamples(example, total.example) < 0) total.example = example;
}

function compareTotals(a: PathTotal, b: PathTotal): number {
  return b.savedFifths - a.savedFifths || b.onPath - a.onPath || compareTexts(nameTotal(a), nameTotal(b));
}

function nameTotal({ provider, source, project, pipeline, jobName }: PathTotal): string {
  return joinKey(provider, source, project, pipeline, jobName);
}

function toShare(total: PathTotal): PathJobShare {
  const { provider, source, project, pipeline, jobName, runs, onPath, exclusiveMillis, savedFifths, example } = total;
  return {
    provider,
    source,
    project,
    pipeline,
    jobName,
    runs,
    onPathShare: onPath / runs,
    exclusiveSeconds: exclusiveMillis / 1000,
    savedIf20Percent: savedFifths / 5000,
    runId: example.runId,
  };
}
