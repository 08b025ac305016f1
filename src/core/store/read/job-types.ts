import type { TaskType } from "../../model.ts";
import type { RunResult, State } from "../../states.ts";
import type { Millis } from "../../time.ts";
import type { Percentiles } from "../db/percentiles.ts";
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

/** What jobs are grouped by. Days, weeks (from Monday), months and hours are UTC. */
export const jobDimensions = [
  "provider",
  "project",
  "pipeline",
  "stage",
  "job_name",
  "task_type",
  "runner_class",
  "ref_kind",
  "trigger",
  "hour",
  "day",
  "week",
  "month",
] as const;
export type JobDimension = (typeof jobDimensions)[number];

/** Groups the completions of jobs that finished at or after `since` and before `until`. */
export interface JobSummaryQuery {
  readonly by: readonly JobDimension[];
  readonly since: Millis;
  readonly until: Millis;
  readonly runs: JobRunFilter;
  readonly jobs: Omit<JobFilter, "runner" | "states" | "results">;
  /** Runs of the span up to which each job is read, and up to which it is where the day cube cannot answer; for tests. */
  readonly exactMax?: number;
  readonly rowsMax?: number;
}

export interface JobSummaryGroup {
  /** The value of each dimension; null is unknown, a time is the one at which it begins. */
  readonly keys: Readonly<Partial<Record<JobDimension, string | Millis | null>>>;
  /** Completions by result. */
  readonly results: Readonly<Record<RunResult, number>>;
  /** The time that all jobs of the group worked. */
  readonly totalSeconds: number;
  /** `undefined` where nothing was measured. */
  readonly duration: Percentiles | undefined;
  readonly queue: Percentiles | undefined;
}

export interface JobSummary {
  /** Whether the figures are computed from each stored job. */
  readonly exact: boolean;
  /** The span that was really read. */
  readonly since: Millis;
  readonly until: Millis;
  /** Completions in all groups. */
  readonly jobs: number;
  /** Those with the most completions first. */
  readonly groups: readonly JobSummaryGroup[];
  /** There are more groups than were computed. */
  readonly truncated: boolean;
}
