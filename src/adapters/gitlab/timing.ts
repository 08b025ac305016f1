import type { NativeState } from "../native-state.ts";
import { readSeconds, type JobFields } from "./fields.ts";
import type { PipelineHook } from "./schema.ts";
import type { Millis } from "../../core/time.ts";

interface Timing {
  readonly startedAt: Millis | undefined;
  readonly queueSeconds?: number | null | undefined;
  readonly durationSeconds?: number | null | undefined;
}

/** The jobs of a pipeline are created together with it. One that is created later than this is a retry. */
const createdTogetherMillis = 60_000;

/**
 * When a run started, how long it waited and how long it worked. GitLab sends no start: it is `created_at` plus
 * `queued_duration`, both whole seconds, and a `queued_duration` of 0 is sent as null. `duration` counts the time in
 * which at least one job ran, without pauses; until the run ends it is the duration of the last attempt.
 * https://docs.gitlab.com/ci/pipelines/#pipeline-duration
 */
export function measureRun(
  run: PipelineHook["object_attributes"],
  native: NativeState,
  createdAt: Millis,
  jobs: readonly JobFields[],
): Timing {
  if (native.result === "skip") return { startedAt: undefined, queueSeconds: null, durationSeconds: null };
  const [queued, duration] = [readSeconds(run.queued_duration), readSeconds(run.duration)];
  const first = findFirstStarted(jobs);
  const ran = first !== undefined || (duration ?? 0) > 0 || run.status === "running";
  const startedAt = findStart(queued, createdAt, ran, first);
  // GitLab before 14 sends no `queued_duration`. The snapshot of a retried run has only the retries, not the first start.
  const lacksStart = queued === undefined && (first?.createdAt ?? createdAt) - createdAt > createdTogetherMillis;
  if (native.state !== "finished") return { startedAt, queueSeconds: lacksStart ? null : undefined };
  return {
    startedAt,
    queueSeconds: lacksStart ? null : queued === null && ran ? 0 : queued,
    durationSeconds: duration === undefined || ran ? duration : null,
  };
}

/**
 * The newest of these moments, in whole seconds: the same moment comes with milliseconds in one delivery ("Test" button, Job Hook)
 * and without in the next, and that must not make either of them newer.
 */
export function computeClock(moments: readonly (Millis | null)[]): Millis {
  let newest = 0;
  for (const moment of moments) newest = Math.max(newest, moment ?? 0);
  return Math.floor(newest / 1000) * 1000;
}

function findStart(
  queued: number | null | undefined,
  createdAt: Millis,
  ran: boolean,
  first: JobFields | undefined,
): Millis | undefined {
  if (!ran) return undefined;
  return queued === undefined ? (first?.startedAt ?? undefined) : createdAt + Math.round((queued ?? 0) * 1000);
}

function findFirstStarted(jobs: readonly JobFields[]): JobFields | undefined {
  let first: JobFields | undefined;
  for (const job of jobs) {
    if (job.startedAt !== null && job.startedAt < (first?.startedAt ?? Infinity)) first = job;
  }
  return first;
}
