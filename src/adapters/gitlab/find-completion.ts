import { hash } from "node:crypto";
import type { Observation } from "../../core/model.ts";
import type { NativeState } from "../native-state.ts";
import { findPlay } from "./find-play.ts";
import { interpretStatus } from "./status.ts";
import type { Millis } from "../../core/time.ts";
import type { RunResult } from "../../core/states.ts";
import type { JobFields } from "./fields.ts";

/** A pipeline as one Pipeline Hook shows it. */
interface Snapshot {
  readonly native: NativeState;
  readonly createdAt: Millis;
  readonly startedAt: Millis | undefined;
  readonly finishedAt: Millis | null;
  readonly durationSeconds: number | null | undefined;
  readonly jobs: readonly JobFields[];
}

/** The attempt that has ended according to this snapshot, and which of its ends the snapshot shows; see docs/adr/0014. */
export function findCompletion(snapshot: Snapshot): Pick<Observation, "completion" | "end" | "completedAs"> {
  const { native, startedAt, finishedAt, durationSeconds, jobs } = snapshot;
  const { result } = native;
  if (result === null) return {};
  const play =
    finishedAt === null || result === "skip" ? undefined : findPlay(jobs, finishedAt, durationSeconds, startedAt);
  if (play !== undefined) {
    const completedAs = isBrokenSince(result, play.before, play.after) ? "success" : result;
    return { completion: makeCompletionKey(completedAs, jobs), end: "earlier", completedAs };
  }
  // After a failure or a cancellation the same jobs can end again, and that end is an attempt of its own.
  const end = result === "success" || result === "skip" ? "only" : "timed";
  return { completion: makeCompletionKey(result, jobs), end };
}

/**
 * The identity of an attempt: the ids of its jobs, and its result. A retry gives a job a new id; a manual job that is played keeps
 * its id, and so do all jobs when a child pipeline is retried.
 */
function makeCompletionKey(result: RunResult, jobs: readonly JobFields[]): string {
  // An array of numbers alone is sorted by value, and many times faster than by a comparison of ours.
  const ids = new Float64Array(jobs.length);
  for (const [i, { id }] of jobs.entries()) ids[i] = id;
  ids.sort();
  return `${result}:${hash("sha256", ids.join(","), "hex").slice(0, 16)}`;
}

/** Whether the pipeline has this result only because of jobs that ran since the play: then it had succeeded before. */
function isBrokenSince(result: RunResult, before: readonly JobFields[], after: readonly JobFields[]): boolean {
  const breaks = ({ status, allowFailure }: JobFields) =>
    allowFailure !== true && interpretStatus(status, "pending").result === result;
  return result !== "success" && !before.some(breaks) && after.some(breaks);
}

/**
 * Whether a snapshot mixes two attempts. GitLab reads the status of a pipeline before its jobs, and a retry creates the new jobs one
 * by one before it starts the pipeline. In between, a delivery has a final status beside jobs that began after the end.
 * https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/data_builder/pipeline.rb (`Gitlab::Lazy`),
 * https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/ci/retry_pipeline_service.rb
 */
export function isMixed({ native, createdAt, finishedAt, jobs }: Snapshot): boolean {
  if (native.state !== "finished" || native.result === "skip" || finishedAt === null) return false;
  // GitLab's clock was put back, so moments do not show what came first.
  if (createdAt > finishedAt) return false;
  // In whole seconds, because the same moment is sent with milliseconds and without.
  const isAfter = (moment: Millis | null) => moment !== null && moment >= Math.floor(finishedAt / 1000) * 1000 + 1000;
  return jobs.some(
    (job) =>
      isAfter(job.createdAt) || (isAfter(job.startedAt) && interpretStatus(job.status, "pending").state !== "finished"),
  );
}
