import type { CompletionFacts, Counted, Filled } from "./completion.ts";
import type { Execution } from "./execution.ts";
import type { Increment } from "./increment.ts";
import type { Folded } from "./merge.ts";
import type { JobFacts, RunFacts, TaskType } from "./model.ts";
import type { FirstSeen, Series } from "./series.ts";

export interface JobRecord {
  readonly known: Folded<JobFacts>;
  readonly taskType: TaskType | null;
}

/** How much a run added to a series besides its completions. */
export interface Tally extends Series {
  readonly count: number;
}

/** What is known of the wait of a run's jobs. */
export interface Waiting {
  /** Results of jobs that were not counted yet, by the key of their completion. */
  readonly results: ReadonlyMap<string, CompletionFacts>;
  /**
   * Restarts, retries and a recovery that were counted all the same: by a server of the version before, which runs beside
   * this one during an upgrade and knows of no wait.
   */
  readonly counted: readonly Tally[];
}

export type Completions = Map<string, CompletionFacts>;

/** What the ledger holds of one run before and after a delivery. */
export interface RunRecord {
  readonly known: Folded<RunFacts>;
  /** The greatest attempt seen, 1-based. */
  readonly attempt: number;
  readonly restarts: number;
  readonly recovered: boolean;
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly completions: ReadonlyMap<string, CompletionFacts>;
  /**
   * The greatest id of a job that replaced another of the same name, where ids tell of retries; 0: none did. `undefined`:
   * the row is of a version that did not keep it, and only all jobs of the run can tell.
   */
  readonly newestRetry: number | undefined;
  /** Present while only its jobs told of the run: what they add up to waits for its name. */
  readonly waiting: Waiting | undefined;
  /** Of a provider that gives an id to several runs, one after the other. */
  readonly executions?: readonly Execution[] | undefined;
}

/** The effect of observations on one run. */
export interface Change {
  readonly record: RunRecord;
  readonly changedJobs: ReadonlySet<string>;
  readonly runCompletions: readonly Counted[];
  readonly jobCompletions: readonly Counted[];
  /** Completions whose queue time or duration became known only now; `increments` are what that adds. */
  readonly filled: readonly Filled[];
  /** The run's one wait is to be stored with another of its completions, see `record`. */
  readonly queueMoved: boolean;
  /** Job completions that were kept before and are counted now. */
  readonly released: readonly Counted[];
  /** Additions that follow from a change of the locked run row itself. */
  readonly increments: readonly Increment[];
  /** What was seen: its counters must exist, at 0 if need be. */
  readonly seen: readonly FirstSeen[];
}
