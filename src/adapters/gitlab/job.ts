import type { JobFacts, JobObservation, Millis } from "../../core/model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { clockOf } from "./reading.ts";
import { jobMeaningOf } from "./status.ts";

/** A job as either hook tells of it. `undefined`: this GitLab does not say. */
export interface JobReading {
  readonly id: number;
  readonly name: string;
  readonly stage: string | null | undefined;
  readonly status: string;
  readonly createdAt: Millis | null;
  readonly startedAt: Millis | null;
  readonly finishedAt: Millis | null;
  /** Seconds. While the job runs, how long it has run so far. */
  readonly duration: number | null | undefined;
  /** Seconds since the job was ready to run. Until it starts, how long it has waited so far. */
  readonly queuedDuration: number | null | undefined;
  readonly failureReason: string | null | undefined;
  readonly allowFailure: boolean | null | undefined;
  /** Whether somebody has to play it. */
  readonly manual?: boolean | null | undefined;
  readonly when?: string | null | undefined;
  readonly runner: string | null | undefined;
  /** Of the project, to link to the job. */
  readonly webUrl: string | undefined;
}

/**
 * What is known of a job, the same whichever hook it came in, so that Pipeline Hooks and Job Hooks of one job can
 * arrive in any order.
 */
export function observeJob(job: JobReading): JobObservation {
  const { name, stage, startedAt, queuedDuration } = job;
  const meaning = jobMeaningOf(job.status, job.failureReason, unknownState(job));
  const finished = meaning.state === "finished";
  const failed = job.status === "failed";
  // Without GitLab's own figure the wait cannot be told: `createdAt` is when the pipeline was created, so a difference
  // would include all earlier stages.
  const queue = queuedDuration === undefined || startedAt === null ? undefined : queuedDuration;
  return {
    job: String(job.id),
    version: {
      epoch: 0,
      clock: clockOf([job.createdAt, startedAt, finished ? job.finishedAt : null]),
      rank: meaning.rank,
    },
    // `queued_duration` goes back to when the job was ready; `createdAt` would contradict it by all earlier stages.
    queuedAt: startedAt === null || typeof queue !== "number" ? undefined : startedAt - Math.round(queue * 1000),
    startedAt: startedAt ?? undefined,
    facts: omitUndefined<JobFacts>({
      name,
      stage,
      // Never "none": a Job Hook that was queued before the runner was known must not wipe it out.
      runner: job.runner ?? undefined,
      url: job.webUrl === undefined ? undefined : `${job.webUrl}/-/jobs/${job.id}`,
      allowFailure: job.allowFailure ?? undefined,
      // Job Hooks carry `unknown_failure` for every job that did not fail.
      failureReason: failed ? (job.failureReason ?? undefined) : null,
      nativeStatus: job.status,
      state: meaning.state,
      result: meaning.result,
      finishedAt: finished ? job.finishedAt : null,
      queueSeconds: queue,
      durationSeconds: finished ? (startedAt === null ? null : job.duration) : undefined,
    }),
  };
}

function unknownState({ startedAt, finishedAt }: JobReading): "pending" | "executing" | "finished" {
  if (finishedAt !== null) return "finished";
  return startedAt === null ? "pending" : "executing";
}
