import type { Gate, JobDetail, RefKind } from "../core/model.ts";
import type { RunResult } from "../core/states.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** A job of a run as answers read it: one execution. One that ran again under a new id is another row. */
export interface AnswerJob {
  readonly nativeId: string;
  readonly name: string | null;
  readonly stage: string | null;
  /** `null`: it has no result yet. */
  readonly result: RunResult | null;
  readonly nativeStatus: string | null;
  readonly failureReason: string | null;
  readonly allowFailure: boolean | null;
  /** The attempt of the run, from 1; `null`: the provider states none. */
  readonly attempt: number | null;
  /** How often the CI system ran it again under the same id. */
  readonly retries: number | null;
  /** The kind of runner that took it. */
  readonly runnerClass: string | null;
  /** What it waited for besides capacity, from `gatedAt` to `gateOpenedAt`. */
  readonly gate: Gate | null;
  readonly gatedAt: Millis | null;
  readonly gateOpenedAt: Millis | null;
  /** Steps, tries and exit code, where there are any. */
  readonly detail: Partial<JobDetail> | null;
  readonly queuedAt: Millis | null;
  readonly startedAt: Millis | null;
  readonly finishedAt: Millis | null;
  /** How long it waited, where the provider reports that and not when it was queued; else not needed, and perhaps `null`. */
  readonly queueSeconds: number | null;
  readonly durationSeconds: number | null;
}

/** The fact that an attempt of a run reached a result. */
export interface AnswerCompletion {
  readonly result: RunResult;
  readonly finishedAt: Millis | null;
}

/** A run as answers read it, with all its jobs. */
export interface AnswerRun {
  readonly id: number;
  /** The provider's id. Unlike `id` it does not depend on the order in which runs arrived, so it decides between equals. */
  readonly nativeId: string;
  readonly source: string;
  readonly provider: string;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly ref: string | null;
  readonly refKind: RefKind | null;
  readonly defaultBranch: boolean | null;
  readonly sha: string | null;
  /** The number of the merge request or pull request that it is for. */
  readonly change: string | null;
  /** Of its latest attempt; `null`: it has none yet. */
  readonly result: RunResult | null;
  readonly nativeStatus: string | null;
  readonly attempt: number;
  readonly queuedAt: Millis | null;
  readonly startedAt: Millis | null;
  readonly finishedAt: Millis | null;
  readonly durationSeconds: number | null;
  readonly firstSeenAt: Millis;
  /**
   * JSON: for each job by name, the names of the jobs that it waits for. `null`: the provider reports none, or the answer does not
   * ask for it.
   */
  readonly graph: string | null;
  readonly jobs: readonly AnswerJob[];
  /** Jobs that are left out of `jobs` passed in the span: an answer about failures need not read them. */
  readonly othersPassed?: boolean;
  /** In the order of the attempts; empty where an answer does not ask for them. */
  readonly completions: readonly AnswerCompletion[];
}

/** From `since` on and before `until`. */
export interface Span {
  readonly since: Millis;
  readonly until: Millis;
}

/** What an answer found, and how much it looked at. */
export interface Findings<Item> {
  /** Runs that the items are computed from. */
  readonly runs: number;
  /** Jobs that the items are computed from, as the definition of the answer counts them. */
  readonly jobs: number;
  readonly items: readonly Item[];
}

/**
 * A computation over many runs that does not hold them all. Each run is added once, in any order: what it finds must not
 * depend on it.
 */
export interface Fold<Found> {
  add(run: AnswerRun): void;
  /** Runs of those that were added that it has to look at again, by their ids; then each goes into `addAgain`. */
  listAgain?(): readonly number[];
  addAgain?(run: AnswerRun): void;
  /** Does some milliseconds of what `finish` has to do, after the last run. False: nothing is left. */
  work?(): boolean;
  finish(): Found;
}

/**
 * A fold whose state can be stored and added to another one of its kind, which then knows the runs of both. Of a run that was added by
 * `load` only the days of its ends are known: such an answer is about whole days.
 */
export interface Mergeable<Found> extends Fold<Found> {
  /** Plain data, for JSON. */
  save(): unknown;
  /** Adds what another fold saved, whose span had no end. */
  load(saved: unknown): void;
}

/** A span in which everything lies: that of a fold that is saved. */
export const everything: Span = { since: -Infinity, until: Infinity };

/** The number of days since 1970 at which a time lies. */
export function toDay(at: Millis): number {
  return Math.floor(at / dayMillis);
}

/** Whether a span of whole days has this one; of another span, whether a part of the day is in it. */
export function coversDay({ since, until }: Span, day: number): boolean {
  return (day + 1) * dayMillis > since && day * dayMillis < until;
}

/** A fold that finds items. */
export type Answer<Item> = Fold<Findings<Item>>;

/** Orders texts by their code units, so that equal inputs give equal lists on every machine. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A key for a map, from parts that may be absent. */
export function joinKey(...parts: readonly (string | number | null)[]): string {
  return parts.map((part) => part ?? "\u0001").join("\u0000");
}
