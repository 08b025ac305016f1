import type { CompletionFacts, Counted, Filled } from "./completion.ts";
import type { Execution } from "./execution.ts";
import type { Increment } from "./increment.ts";
import type { Folded } from "./merge.ts";
import type { JobFacts, RunFacts, TaskType } from "./model.ts";
import type { FirstSeen, Series } from "./series.ts";

export interface JobRecord {
  readonly folded: Folded<JobFacts>;
  readonly taskType: TaskType | null;
}

/** How much a run added to one series besides its completions, as stored in the table `tallies`. */
export interface Tally extends Series {
  readonly count: number;
}

/** What is stored while the jobs of a run wait for its name. */
export interface Waiting {
  /** Results of jobs that were not counted yet, by the key of their completion. */
  readonly results: ReadonlyMap<string, CompletionFacts>;
  /**
   * Restarts, retries and a recovery that were counted despite the wait: by a server of the version before, which runs
   * beside this one during an upgrade and does not wait.
   */
  readonly counted: readonly Tally[];
}

export type Completions = Map<string, CompletionFacts>;

/** The stored state of one run, before and after a delivery. */
export interface RunRecord {
  readonly folded: Folded<RunFacts>;
  /** The greatest attempt seen, 1-based. */
  readonly attempt: number;
  readonly restarts: number;
  readonly recovered: boolean;
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly completions: ReadonlyMap<string, CompletionFacts>;
  /**
   * The greatest id of a job that replaced another of the same name, for providers that number retries so; 0: none did.
   * `undefined`: an older version wrote the row without it, and it has to be derived from all jobs of the run.
   */
  readonly newestRetry: number | undefined;
  /** Present while only deliveries about its jobs have named the run: their totals wait for the run's own name. */
  readonly waiting: Waiting | undefined;
  /** For providers that give an id to several runs, one after the other. */
  readonly executions?: readonly Execution[] | undefined;
}

/** The effect of observations on one run. */
export interface Change {
  readonly record: RunRecord;
  readonly changedJobs: ReadonlySet<string>;
  readonly runCompletions: readonly Counted[];
  readonly jobCompletions: readonly Counted[];
  /** Stored completions whose queue time or duration arrived only now; `increments` are what that adds. */
  readonly filled: readonly Filled[];
  /** The run's one queue time moves to another of its completions, see `record`. */
  readonly queueMoved: boolean;
  /** Job completions that were stored uncounted and are counted now. */
  readonly released: readonly Counted[];
  /** Additions that follow from a change of the locked run row itself. */
  readonly increments: readonly Increment[];
  /** Pipelines and jobs that were seen: their counters must exist, at 0 if nothing was counted. */
  readonly seen: readonly FirstSeen[];
}
