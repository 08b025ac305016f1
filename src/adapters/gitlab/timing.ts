import type { Millis } from "../../core/model.ts";
import type { JobReading } from "./job.ts";
import { secondsOf } from "./reading.ts";
import type { PipelineHook } from "./schema.ts";
import type { Meaning } from "./status.ts";

interface Timing {
  readonly startedAt: Millis | undefined;
  readonly queueSeconds?: number | null | undefined;
  readonly durationSeconds?: number | null | undefined;
}

/** A pipeline's jobs are created with it; one that is created later than this is a retry. */
const createdTogetherMillis = 60_000;

/**
 * When a run started, how long it waited and how long it worked. GitLab sends no start: it is `created_at` plus
 * `queued_duration`, both whole seconds, and a `queued_duration` of 0 is sent as null. `duration` counts the time in
 * which at least one job ran, without pauses; while the run is not over it is the last attempt's.
 * https://docs.gitlab.com/ci/pipelines/#pipeline-duration
 */
export function timing(
  run: PipelineHook["object_attributes"],
  meaning: Meaning,
  createdAt: Millis,
  jobs: readonly JobReading[],
): Timing {
  if (meaning.result === "skip") return { startedAt: undefined, queueSeconds: null, durationSeconds: null };
  const [queued, duration] = [secondsOf(run.queued_duration), secondsOf(run.duration)];
  const first = firstStarted(jobs);
  const ran = first !== undefined || (duration ?? 0) > 0 || run.status === "running";
  const startedAt = startOf(queued, createdAt, ran, first);
  // GitLab before 14. Of a retried run only the retries are in the snapshot: when it first started is not to be seen.
  const unseen = queued === undefined && (first?.createdAt ?? createdAt) - createdAt > createdTogetherMillis;
  if (meaning.state !== "finished") return { startedAt, queueSeconds: unseen ? null : undefined };
  return {
    startedAt,
    queueSeconds: unseen ? null : queued === null && ran ? 0 : queued,
    durationSeconds: duration === undefined || ran ? duration : null,
  };
}

function startOf(
  queued: number | null | undefined,
  createdAt: Millis,
  ran: boolean,
  first: JobReading | undefined,
): Millis | undefined {
  if (!ran) return undefined;
  return queued === undefined ? (first?.startedAt ?? undefined) : createdAt + Math.round((queued ?? 0) * 1000);
}

function firstStarted(jobs: readonly JobReading[]): JobReading | undefined {
  let first: JobReading | undefined;
  for (const job of jobs) {
    if (job.startedAt !== null && job.startedAt < (first?.startedAt ?? Infinity)) first = job;
  }
  return first;
}
