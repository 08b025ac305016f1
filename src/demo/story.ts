import type { Millis } from "../core/time.ts";
import type { RunResult } from "../core/states.ts";
import type { World } from "./world.ts";

/** What happens in the invented company, independent of the providers. */

export type Provider = "gitlab" | "tekton" | "jenkins" | "github";

/** A job as it is written down. */
export interface JobPlan {
  readonly name: string;
  /** Stages follow each other; the jobs of one run together. `finally` runs whatever happened before. */
  readonly stage: string;
  /** How long it usually works. */
  readonly seconds: number;
  /** The probability of failing for no reason. */
  readonly flaky?: number;
  /** How often the CI system tries again by itself. */
  readonly retries?: number;
  /** It waits for a person. */
  readonly manual?: true;
  /** It may fail. */
  readonly optional?: true;
  /** It deploys: to `production` from the default branch, else to a preview. */
  readonly deploys?: true;
  /** Seconds after which it is stopped. */
  readonly limit?: number;
}

export interface PipelinePlan {
  readonly provider: Provider;
  readonly project: string;
  readonly pipeline: string;
  /** Its part of the day's runs, compared with the others'; a nightly has none. */
  readonly share: number;
  /** The hour (UTC) at which it runs once a day. */
  readonly nightly?: number;
  /** Hours (UTC) during which a job fails on the default branch, until somebody repairs it. */
  readonly broken?: { readonly from: number; readonly to: number; readonly job: string };
  /** Branches only: no change requests (a job of one branch, a deployment). */
  readonly mainOnly?: true;
  readonly jobs: readonly JobPlan[];
}

/** Why a run began. */
export type Cause = "push" | "change" | "schedule";

/** A run at its beginning. */
export interface Start {
  /** Its place in the day, from 0; a repeat has a place of its own. */
  readonly index: number;
  readonly plan: PipelinePlan;
  readonly at: Millis;
  readonly cause: Cause;
  readonly branch: string;
  readonly isDefault: boolean;
  /** The number of the change request. */
  readonly change: number;
  readonly sha: string;
  /** Of a push to the default branch: the commit that was its last one before. */
  readonly before: string | undefined;
  readonly author: string;
  readonly title: string;
}

/** A job as it went. */
export interface Job {
  /** Unique within the day, and greater for what was created later within a run. */
  readonly id: number;
  readonly plan: JobPlan;
  /** `manual`: it was never played. */
  readonly outcome: RunResult | "manual";
  /** When it could have begun. */
  readonly readyAt: Millis;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis;
  /** Tries that the CI system gave up before this one, oldest first. */
  readonly tries: readonly Job[];
}

/** A try at a run. */
export interface Attempt {
  readonly readyAt: Millis;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis;
  readonly outcome: RunResult;
  /** The latest try of each job: those that an earlier attempt left behind are the same objects. */
  readonly jobs: readonly Job[];
  /** A person played a manual job after the end; it is no new attempt. */
  readonly played: boolean;
}

export interface Run extends Start {
  readonly attempts: readonly [Attempt, ...Attempt[]];
  /** The run that this one repeats, where a repeat is a run of its own. */
  readonly repeats: Run | undefined;
}

/** A request as a CI system would send it, without the header of its authentication. */
export interface DemoDelivery {
  readonly provider: Provider;
  /** When it would have been sent. */
  readonly at: Millis;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Turns a run into deliveries. `world` keeps the days of different seeds and moments apart. */
export type DeliveryFactory = (run: Run, world: World) => DemoDelivery[];
