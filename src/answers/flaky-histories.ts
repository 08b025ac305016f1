import { joinKey, type AnswerRun } from "./answer.ts";
import { createByJob, type ByJob } from "./by-job.ts";
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
