import type { TaskType } from "../../model.ts";
import type { RunResult, State } from "../../states.ts";
import type { RunFilter, StoredJob, StoredRun } from "./types.ts";

/** The conditions on runs that listed and summarised jobs fulfil. */
export type JobRunFilter = Pick<
  RunFilter,
  "source" | "provider" | "project" | "pipeline" | "ref" | "refKind" | "trigger" | "defaultBranch"
>;

/** The conditions on the jobs themselves. */
export interface JobFilter {
  readonly jobName?: string | undefined;
  /** A part of the name; upper and lower case of A to Z are the same. */
  readonly search?: string | undefined;
  readonly stage?: string | undefined;
  readonly taskType?: TaskType | undefined;
  readonly runner?: string | undefined;
  readonly runnerClass?: string | undefined;
  /** One of these. */
  readonly states?: readonly State[] | undefined;
  readonly results?: readonly RunResult[] | undefined;
}

/** A page ends after a job of a run; an empty `job`: before the first job of the run. */
export interface JobPosition {
  readonly run: number;
  readonly job: string;
}

export interface JobsQuery {
  readonly limit: number;
  readonly after?: JobPosition | undefined;
  /** Of the runs; `since` and `until` as for runs. */
  readonly runs: JobRunFilter & Pick<RunFilter, "since" | "until">;
  readonly jobs: JobFilter;
}

/** A job, and the run that it belongs to. */
export interface RunJob {
  readonly run: StoredRun;
  readonly job: StoredJob;
}

export interface JobPage {
  /** Of the last run first, and of a run in the order of the provider's ids; see `Page`. */
  readonly items: readonly RunJob[];
  readonly next: JobPosition | undefined;
}
