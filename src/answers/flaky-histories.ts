import { coversDay, joinKey, toDay, type AnswerRun, type Span } from "./answer.ts";
import { createByJob, type ByJob } from "./by-job.ts";
import type { CommitFlakes } from "./commit-flakes.ts";
import type { Execution, Passes } from "./flaky-state.ts";

/** What names a job of all runs of a pipeline. */
export interface JobNames {
  readonly provider: string;
  readonly source: string;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly jobName: string;
}

/** The executions of a job. */
export interface JobHistory {
  readonly names: JobNames;
  readonly passes: Passes;
  readonly others: Execution[];
}

export type FindHistory = (stage: string | null, jobName: string) => JobHistory;

export interface Histories {
  /** Finds the histories of the jobs of a run, whose names are joined once. */
  ofRun(run: Pick<AnswerRun, "provider" | "source" | "project" | "pipeline">): FindHistory;
  list(): JobHistory[];
}

export function createHistories(): Histories {
  const pipelines = new Map<string, ByJob<JobHistory>>();
  return {
    ofRun({ provider, source, project, pipeline }) {
      const key = joinKey(provider, source, project, pipeline);
      let found = pipelines.get(key);
      if (found === undefined) pipelines.set(key, (found = createByJob()));
      const histories = found;
      return (stage, jobName) =>
        histories.get(stage, jobName, () => ({
          names: { provider, source, project, pipeline, stage, jobName },
          passes: { at: [], days: new Map() },
          others: [],
        }));
    },
    list: () => [...pipelines.values()].flatMap((histories) => histories.values()),
  };
}

/** The names of each job, how many executions passed by day, and the others. */
export type SavedHistories = readonly (readonly [
  names: JobNames,
  days: readonly (readonly [day: number, passes: number])[],
  others: readonly Execution[],
])[];

export function saveHistories(histories: readonly JobHistory[]): SavedHistories {
  return histories.map(({ names, passes, others }) => {
    const days = new Map(passes.days);
    for (const at of passes.at) days.set(toDay(at), (days.get(toDay(at)) ?? 0) + 1);
    return [names, [...days], others];
  });
}

/** Adds what was saved of the days of a span. */
export function loadHistories(histories: Histories, saved: SavedHistories, span: Span, commits: CommitFlakes): void {
  let last: JobNames | undefined;
  let find: FindHistory | undefined;
  for (const [names, days, others] of saved) {
    // Jobs of one pipeline follow each other.
    if (find === undefined || last === undefined || !isSamePipeline(last, names)) find = histories.ofRun(names);
    last = names;
    const { passes, others: all } = find(names.stage, names.jobName);
    for (const [day, count] of days)
      if (coversDay(span, day)) passes.days.set(day, (passes.days.get(day) ?? 0) + count);
    for (const execution of others) {
      if (!coversDay(span, toDay(execution.at))) continue;
      all.push(execution);
      const { verdict, sha, failedAt } = execution;
      if (verdict === "failed" && sha !== null)
        commits.addFailure({ ...names, sha }, { stage: names.stage, name: names.jobName, failedAt, execution });
    }
  }
}

function isSamePipeline(a: JobNames, b: JobNames): boolean {
  return a.pipeline === b.pipeline && a.project === b.project && a.source === b.source && a.provider === b.provider;
}
