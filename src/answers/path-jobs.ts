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
  const totals = new Map<string, Total>();
  const count = { runs: 0, jobs: 0 };

  function getTotal({ provider, source, project, pipeline }: AnswerRun, jobName: string): Total {
    const key = joinKey(provider, source, project, pipeline, jobName);
    const names = { provider, source, project, pipeline, jobName };
    const example = { runId: 0, finishedAt: 0, exclusiveMillis: -1 };
    const total = totals.get(key) ?? { ...names, runs: 0, onPath: 0, exclusiveMillis: 0, savedFifths: 0, example };
    totals.set(key, total);
    return total;
  }

  return {
    add(run) {
      const { finishedAt } = run;
      if (finishedAt === null || finishedAt < since || finishedAt >= until) return;
      const { jobs, ...times } = toPathRun(run);
      const steps = computeCriticalPath({ jobs, ...times })?.path ?? [];
      const names = new Set(jobs.flatMap(({ name }) => (name === null ? [] : [name])));
      for (const name of names) {
        addSteps(
          getTotal(run, name),
          { runId: run.id, finishedAt },
          steps.filter(({ job }) => job.name === name),
        );
      }
      count.runs++;
      count.jobs += jobs.length;
    },
    finish() {
      const items = [...totals.values()].toSorted(compareTotals).map(toShare);
      return { ...count, items };
    },
  };
}

/** Adds one run; a job that ran several times in it may be on the path several times. */
function addSteps(total: Total, run: Omit<Example, "exclusiveMillis">, steps: readonly PathStep[]): void {
  const exclusiveMillis = steps.reduce((sum, step) => sum + step.exclusiveMillis, 0);
  total.runs += 1;
  total.onPath += steps.length > 0 ? 1 : 0;
  total.exclusiveMillis += exclusiveMillis;
  for (const { job, exclusiveMillis: alone } of steps) {
    total.savedFifths += Math.min(job.finishedAt - job.startedAt, alone * 5);
  }
  const example = { ...run, exclusiveMillis };
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

function toShare({ runs, onPath, exclusiveMillis, savedFifths, example, ...names }: Total): PathJobShare {
  return {
    ...names,
    runs,
    onPathShare: onPath / runs,
    exclusiveSeconds: exclusiveMillis / 1000,
    savedIf20Percent: savedFifths / 5000,
    runId: example.runId,
  };
}
