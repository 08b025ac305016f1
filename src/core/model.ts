/**
 * The vocabulary of the ledger: what a delivery says (an observation) about a run and its jobs.
 * Every word is defined in docs/glossary.md.
 */

import type { Extension } from "./legacy/extension.ts";
import type { RunResult, State } from "./states.ts";
import type { Millis } from "./time.ts";

export type TaskType = "build" | "test" | "deploy";
export type RefKind = "branch" | "tag" | "merge_request" | "merge_queue";
/** Who started something. Never more than this: no name, no id. */
export type Actor = "person" | "bot";
/** What a job waited for besides capacity: a person who plays it, a set time, or an approval. */
export type Gate = "manual" | "delayed" | "approval";

/**
 * The place of a statement in the life of its run or job; the greater version wins, field by field.
 * `epoch` grows with each attempt that the provider itself orders (0 where it does not), `clock` is the newest
 * moment the payload carries, `rank` orders states within one clock tick.
 */
export interface Version {
  readonly epoch: number;
  readonly clock: Millis;
  readonly rank: number;
}

/** The version of a statement that must never win over another, such as what a job's delivery states about its run. */
export const lowestVersion: Version = { epoch: 0, clock: 0, rank: 0 };

/** The facts of a run. Left out: not stated by the delivery. `null`: stated to be absent. */
export interface RunFacts {
  readonly project: string;
  readonly pipeline: string;
  /** A name of this one run, for people. Never a label: each run would make its own series. */
  readonly title: string;
  readonly number: string | null;
  readonly ref: string | null;
  readonly refKind: RefKind | null;
  readonly defaultBranch: boolean | null;
  readonly sha: string | null;
  readonly trigger: string | null;
  readonly url: string | null;
  /** The native id of the run that this one is a part of, in the same source: this one is its child. */
  readonly parent: string | null;
  /** The native id (or name) of the run that this one repeats, where a repeat is a new run. */
  readonly restartOf: string | null;
  /** The number of the merge request or pull request that it is for. */
  readonly change: string | null;
  /** When its commit was made, by the author's clock. */
  readonly committedAt: Millis;
  readonly startedBy: Actor;
  /** Who started its latest attempt, where that was a restart. */
  readonly restartedBy: Actor;
  /** The native id of the job (of its parent) that started it. */
  readonly parentJob: string;
  /** JSON: for each job by name, the names of the jobs that it waits for; `["*"]` for all jobs that do not have this. */
  readonly graph: string;
  readonly nativeStatus: string;
  readonly state: State;
  readonly result: RunResult | null;
  readonly finishedAt: Millis | null;
  readonly queueSeconds: number | null;
  readonly durationSeconds: number | null;
  /** Further provider facts that are kept for people (tests, parameters): small JSON, never labels. */
  readonly detail: string | null;
}

/** A step of a job: its name, and how many seconds it took. */
export type JobStep = readonly [name: string, seconds: number];
/** A try of a job that the CI system repeated under the same id: start, end (epoch milliseconds), and why it ended. */
export type JobTry = readonly [startedAt: Millis | null, finishedAt: Millis | null, reason: string | null];

/**
 * Facts that few jobs have and that nothing groups by: stored together as one small JSON. Adapters leave them out where a job
 * has none, instead of stating `null`. core/limit-job-detail.ts limits them to about 1,000 characters.
 */
export interface JobDetail {
  /** The first step that failed. */
  readonly failedStep: string;
  /** The longest steps, the longest first. */
  readonly steps: readonly JobStep[];
  readonly exitCode: number;
  /** The limit that it exceeded, where that is why it ended. */
  readonly timeoutSeconds: number;
  readonly tries: readonly JobTry[];
  /** How many tries of this job came before it under other ids, by the provider's count. */
  readonly retriesBefore: number;
  /** Stated only for a bot: the others are started by the person or bot that started the run. */
  readonly startedBy: "bot";
  readonly environmentTier: string;
  /** What it does to its environment, where that is not a deployment: `stop`, `prepare`, `verify`, `access`. */
  readonly environmentAction: string;
}

/** The facts of a job. Left out: not stated by the delivery. `null`: stated to be absent. */
export interface JobFacts extends JobDetail {
  readonly name: string;
  readonly stage: string | null;
  readonly runner: string | null;
  /**
   * What kind of runner took it: labels or tags, sorted and joined. An adapter states what the provider reports; the recorder
   * applies the configured rules, and allows a limited number of classes.
   */
  readonly runnerClass: string | null;
  /** The environment that it deploys to or works on. Left out for the jobs that have none, which are nearly all. */
  readonly environment: string;
  /** What it waited for besides capacity. Left out, with its moments, for the jobs that had no gate. */
  readonly gate: Gate;
  /** Since when it waited at the gate. */
  readonly gatedAt: Millis;
  /** When it passed the gate. Left out where that is `queuedAt`. */
  readonly gateOpenedAt: Millis;
  readonly url: string | null;
  readonly allowFailure: boolean | null;
  readonly failureReason: string | null;
  /** The attempt of the run that the job belongs to, 1-based, where the provider says so. */
  readonly attempt: number;
  /** How often the CI system itself ran this job again under the same id. */
  readonly retries: number;
  readonly nativeStatus: string;
  readonly state: State;
  readonly result: RunResult | null;
  readonly finishedAt: Millis | null;
  readonly queueSeconds: number | null;
  readonly durationSeconds: number | null;
}

/** Moments that only ever move towards the earliest one seen in the same epoch. */
export interface Moments {
  readonly queuedAt?: Millis | undefined;
  readonly startedAt?: Millis | undefined;
}

export interface JobObservation extends Moments {
  /** Native id, opaque, unique within its run. A finished job counts once under it. */
  readonly job: string;
  readonly version: Version;
  readonly facts: Partial<JobFacts>;
  /** Set where the sender states it; else the rules over stage and name decide. */
  readonly taskType?: TaskType | undefined;
}

/**
 * What distinguishes runs that share one id: a Jenkins job that was deleted and created again counts its builds from 1 again.
 * The start time identifies the run that an observation is about.
 */
export interface ExecutionClue {
  /** The item of the provider's queue that it came from; `null`: not reported. */
  readonly item: number | null;
  /**
   * For an observation with a completion. `exact`: `startedAt` is its start. `late`: its start is not reported. `unsure`: it
   * has a work time of 0, which may mean that it was sent in the middle of the work.
   */
  readonly end?: "exact" | "late" | "unsure" | undefined;
  /** Milliseconds of work, where they are reported. */
  readonly worked?: number | undefined;
}

/** What one delivery states about one run, its jobs, or one job of it. */
export interface Observation extends Moments {
  readonly provider: string;
  readonly source: string;
  /** Native id, opaque, unique within its source. */
  readonly run: string;
  readonly version: Version;
  readonly facts: Partial<RunFacts>;
  /** Host of the CI server, for providers whose run ids are unique only within one server. */
  readonly server?: string | undefined;
  /** 1-based, where the provider numbers the attempts of a run. */
  readonly attempt?: number | undefined;
  /**
   * Present when the delivery proves that an attempt reached the result in `facts`: the identity of that attempt, the
   * same in every delivery that proves it. Attempts of one run are ordered by `version.epoch`.
   */
  readonly completion?: string | undefined;
  /** For providers that may give the id of a run to another run later. */
  readonly execution?: ExecutionClue | undefined;
  /**
   * For attempts that can end several times with the same jobs (GitLab): how this end relates to others under `completion`.
   * `only`: all ends are one completion, timed by the first delivery that has its time. `timed`: an end in another second is
   * another completion. `earlier`: the attempt had ended before this end, with `completedAs`, at an unknown time.
   */
  readonly end?: "only" | "timed" | "earlier" | undefined;
  readonly completedAs?: RunResult | undefined;
  /** The reported queue time is that of the run's first start, in deliveries of every attempt: it is observed once. */
  readonly queuesOnce?: true | undefined;
  readonly jobs?: readonly JobObservation[] | undefined;
  /** Its delivery has more jobs than these, and is written in parts. */
  readonly part?: true;
  /** Job ids are numbers, and a new one under a name that the run already has is a retry of that job (GitLab). */
  readonly retriesByName?: boolean | undefined;
  /** What only senders of the older tools report. */
  readonly extension?: Extension | undefined;
}
