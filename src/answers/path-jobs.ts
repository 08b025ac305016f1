import { compareTexts, joinKey, type Answer, type AnswerRun, type Span } from "./answer.ts";
import { computeCriticalPath, type PathStep } from "./critical-path.ts";
import { toPathRun } from "./path-run.ts";
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

interface Total extends Pick<PathJobShare, "provider" | "source" | "project" | "pipeline" | "jobName"> {
  runs: number;
  onPath: number;
  /** The run that was counted last: a job may have run several times in it. */
  lastRunId: number;
  exclusiveMillis: Millis;
  /** Five times the saved time: a sum of whole numbers does not depend on the order of the runs. */
  savedFifths: number;
  example: Example;
}

interface Example {
  readonly runId: number;
  readonly finishedAt: Millis;
  readonly exclusiveMillis: Millis;
}

/** Adds up the critical paths of the runs that finished in the span, by job; the jobs that would save most come first. */
export function createPathJobsAnswer({ since, until }: Span): Answer<PathJobShare> {
  /** By pipeline, then by job: a key is made once for a run. */
  const pipelines = new Map<string, Map<string, Total>>();
  const count = { runs: 0, jobs: 0 };

  function getTotals({ provider, source, project, pipeline }: AnswerRun): Map<string, Total> {
    const key = joinKey(provider, source, project, pipeline);
    const totals = pipelines.get(key) ?? new Map<string, Total>();
    pipelines.set(key, totals);
    return totals;
  }

  return {
    add(run) {
      const { finishedAt } = run;
      if (finishedAt === null || finishedAt < since || finishedAt >= until) return;
      const { jobs, ...times } = toPathRun(run);
      const onPath = sumSteps(computeCriticalPath({ jobs, ...times })?.path ?? []);
      const totals = getTotals(run);
      for (const { name } of jobs) {
        if (name === null) continue;
        let total = totals.get(name);
        if (total === undefined) totals.set(name, (total = startTotal(run, name)));
        if (total.lastRunId !== run.id) addRun(total, run.id, finishedAt, onPath.get(name));
      }
      count.runs++;
      count.jobs += jobs.length;
    },
    finish() {
      const totals = [...pipelines.values()].flatMap((ofPipeline) => [...ofPipeline.values()]);
      const items = totals.toSorted(compareTotals).map(toShare);
      return { ...count, items };
    },
  };
}

function startTotal({ provider, source, project, pipeline }: AnswerRun, jobName: string): Total {
  const names = { provider, source, project, pipeline, jobName };
  const example = { runId: 0, finishedAt: 0, exclusiveMillis: -1 };
  return { ...names, runs: 0, onPath: 0, lastRunId: -1, exclusiveMillis: 0, savedFifths: 0, example };
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
function addRun(total: Total, runId: number, finishedAt: Millis, onPath: OnPath | undefined): void {
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

/** The one with most exclusive time first; of those, the latest. */
function compareExamples(a: Example, b: Example): number {
  return b.exclusiveMillis - a.exclusiveMillis || b.finishedAt - a.finishedAt || b.runId - a.runId;
}

function compareTotals(a: Total, b: Total): number {
  return b.savedFifths - a.savedFifths || b.onPath - a.onPath || compareTexts(nameTotal(a), nameTotal(b));
}

function nameTotal({ provider, source, project, pipeline, jobName }: Total): string {
  return joinKey(provider, source, project, pipeline, jobName);
}

function toShare(total: Total): PathJobShare {
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
