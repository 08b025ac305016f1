import { hash } from "node:crypto";
import type { Millis, Observation, Result } from "../../core/model.ts";
import type { JobReading } from "./job.ts";
import { findPlay } from "./played.ts";
import { meaningOf, type Meaning } from "./status.ts";

interface Ended {
  readonly meaning: Meaning;
  readonly createdAt: Millis;
  readonly startedAt: Millis | undefined;
  readonly finishedAt: Millis | null;
  readonly durationSeconds: number | null | undefined;
  readonly jobs: readonly JobReading[];
}

/** What a snapshot proves of the ends of its pipeline. */
export function tellEnd(ended: Ended): Pick<Observation, "completion" | "end" | "completedAs"> {
  const { meaning, startedAt, finishedAt, durationSeconds, jobs } = ended;
  const { result } = meaning;
  if (result === null) return {};
  const play =
    finishedAt === null || result === "skip" ? undefined : findPlay(jobs, finishedAt, durationSeconds, startedAt);
  if (play !== undefined) {
    const completedAs = isBrokenSince(result, play.before, play.after) ? "success" : result;
    return { completion: completionKey(completedAs, jobs), end: "earlier", completedAs };
  }
  // Only a failure or a cancellation can be followed by another end with the same jobs that is an attempt of its own.
  const end = result === "success" || result === "skip" ? "only" : "timed";
  return { completion: completionKey(result, jobs), end };
}

/**
 * What identifies an attempt: the jobs it consists of, and the result they came to. A retry replaces a job's id; a
 * manual job keeps it, and so does a pipeline whose child pipeline is retried.
 */
function completionKey(result: Result, jobs: readonly JobReading[]): string {
  const ids = jobs.map(({ id }) => id).toSorted((a, b) => a - b);
  return `${result}:${hash("sha256", ids.join(","), "hex").slice(0, 16)}`;
}

/** Whether a pipeline has this result only since a job was played: then it was green before. */
function isBrokenSince(result: Result, before: readonly JobReading[], after: readonly JobReading[]): boolean {
  const breaks = ({ status, allowFailure }: JobReading) =>
    allowFailure !== true && meaningOf(status, "pending").result === result;
  return result !== "success" && !before.some(breaks) && after.some(breaks);
}

/**
 * Whether a snapshot mixes two attempts. GitLab reads the status of a pipeline before its jobs, and a retry clones jobs one
 * by one before it sets the pipeline going: then a final status stands beside jobs that began after the end.
 * https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/data_builder/pipeline.rb (`Gitlab::Lazy`),
 * https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/ci/retry_pipeline_service.rb
 */
export function isMixed({ meaning, createdAt, finishedAt, jobs }: Ended): boolean {
  if (meaning.state !== "finished" || meaning.result === "skip" || finishedAt === null) return false;
  // Its clock was put back: then moments do not tell what came first.
  if (createdAt > finishedAt) return false;
  // Whole seconds: the same moment comes with milliseconds and without.
  const isAfter = (moment: Millis | null) => moment !== null && moment >= Math.floor(finishedAt / 1000) * 1000 + 1000;
  return jobs.some(
    (job) =>
      isAfter(job.createdAt) || (isAfter(job.startedAt) && meaningOf(job.status, "pending").state !== "finished"),
  );
}
