import type { Version } from "./model.ts";
import type { RunResult, State } from "./states.ts";
import type { Millis } from "./time.ts";

/**
 * What happens to code besides runs: it is deployed, a change is merged, commits are pushed. As with runs, each delivery states
 * some facts, and they are merged fact by fact, so that order and duplicates do not matter.
 */

/** The facts of a deployment. Left out: not stated by the delivery. `null`: stated to be absent. */
export interface DeploymentFacts {
  readonly project: string;
  readonly environment: string;
  /** The kind of environment, such as `production` or `staging`. */
  readonly tier: string | null;
  readonly ref: string | null;
  readonly sha: string | null;
  /** Native ids of the run and of the job that deployed. */
  readonly run: string;
  readonly job: string;
  readonly url: string | null;
  readonly nativeStatus: string;
  readonly state: State;
  readonly result: RunResult | null;
  readonly createdAt: Millis;
  readonly startedAt: Millis;
  readonly finishedAt: Millis | null;
}

/** The facts of a change: a merge request or pull request. */
export interface ChangeFacts {
  readonly project: string;
  readonly number: string;
  /** The branch into which it is merged. */
  readonly target: string;
  readonly status: "open" | "merged" | "closed";
  readonly openedAt: Millis;
  readonly mergedAt: Millis | null;
  /** The commit that the merge made on the target branch. */
  readonly mergeSha: string | null;
  readonly headSha: string | null;
  readonly headCommittedAt: Millis | null;
  readonly draft: boolean;
  /** It takes back an earlier change. */
  readonly revert: boolean;
  /** An urgent repair, by its labels or its branch. */
  readonly hotfix: boolean;
}

/** The facts of a push to a branch: with `before` and `after` the pushes of a branch form a chain. */
export interface PushFacts {
  readonly project: string;
  /** The branch. */
  readonly ref: string;
  readonly defaultBranch: boolean | null;
  readonly before: string | null;
  readonly after: string;
  readonly forced: boolean;
  readonly commitCount: number;
  /** JSON: `[first 8 digits of the commit, its time in epoch seconds]` of its newest commits, the oldest first. */
  readonly commits: string;
}

export interface CodeEventFacts {
  readonly deployment: DeploymentFacts;
  readonly change: ChangeFacts;
  readonly push: PushFacts;
}

export type CodeEventKind = keyof CodeEventFacts;

/** What one delivery states about one code event. */
export type CodeEvent = {
  readonly [K in CodeEventKind]: {
    readonly kind: K;
    readonly provider: string;
    readonly source: string;
    /** Opaque, unique within its kind and source: the native id, after the host of the server where that is not enough. */
    readonly id: string;
    readonly version: Version;
    readonly facts: Partial<CodeEventFacts[K]>;
  };
}[CodeEventKind];
