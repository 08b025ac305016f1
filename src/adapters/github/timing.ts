import type { NativeState } from "../native-state.ts";
import type { WorkflowJob, WorkflowRun } from "./schema.ts";
import { hasBegun, isIdle, isWaiting } from "./status.ts";
import type { Millis } from "../../core/time.ts";

interface Timing {
  readonly queuedAt: Millis | undefined;
  readonly startedAt: Millis | undefined;
  readonly finishedAt: Millis | null;
  readonly queueSeconds: number | null;
  readonly durationSeconds: number | null;
}

interface RunTimes {
  /** Of the first attempt; a re-run keeps it. */
  readonly createdAt: Millis | undefined;
  /** When this attempt was triggered. */
  readonly startedAt: Millis | undefined;
  readonly updatedAt: Millis;
}

/** The queue time of a run is unknown: no field has the time at which its first job got a runner. */
export function measureRun(
  run: WorkflowRun,
  native: NativeState,
  { createdAt, startedAt, updatedAt }: RunTimes,
): Timing {
  const isFirst = (run.run_attempt ?? 1) === 1;
  const begunAt = startedAt ?? (isFirst ? createdAt : undefined);
  const worked = hasBegun(native) && !isIdle(run.conclusion);
  const finished = native.state === "finished";
  return {
    queuedAt: isFirst ? (createdAt ?? begunAt) : begunAt,
    startedAt: worked ? begunAt : undefined,
    finishedAt: finished ? updatedAt : null,
    queueSeconds: null,
    durationSeconds: finished && worked ? computeSeconds(begunAt, updatedAt) : null,
  };
}

export interface JobTimes {
  readonly createdAt: Millis | undefined;
  readonly startedAt: Millis | undefined;
  readonly completedAt: Millis | undefined;
}

/** `clock` is the newest moment in the delivery that the state allows for. */
export function measureJob(
  job: WorkflowJob,
  native: NativeState,
  times: JobTimes,
): Timing & { readonly clock: Millis } {
  const { state, result } = native;
  const { createdAt } = times;
  const completedAt = state === "finished" ? times.completedAt : undefined;
  const givenStart = hasBegun(native) && !isWaiting(job.status) ? times.startedAt : undefined;
  // A start that contradicts the creation or the end is not used.
  const startedAt = canFollow(createdAt, givenStart, completedAt) ? givenStart : undefined;
  // "Re-run failed jobs" may list the jobs that had passed again, with new ids and the times of their own attempt.
  const isCarriedOver = createdAt !== undefined && completedAt !== undefined && completedAt < createdAt;
  const ran = state === "executing" || (state === "finished" && result !== "skip" && !isCarriedOver && hasRun(job));
  return {
    clock: Math.max(createdAt ?? 0, givenStart ?? 0, completedAt ?? 0),
    queuedAt: createdAt,
    startedAt: ran ? startedAt : undefined,
    finishedAt: completedAt ?? null,
    queueSeconds: ran ? computeSeconds(createdAt, startedAt) : null,
    durationSeconds: ran ? computeSeconds(startedAt, completedAt) : null,
  };
}

/** A job that never ran still has a start and an end: the moment at which it was skipped or cancelled. */
function hasRun(job: WorkflowJob): boolean {
  return hasRunner(job) || (job.steps?.length ?? 0) > 0;
}

/** A job without a runner has null there or, in older deliveries, 0 and "". */
export function hasRunner(job: WorkflowJob): boolean {
  return Boolean(job.runner_id) || Boolean(job.runner_name);
}

/**
 * GitHub's services take times from clocks that differ by seconds: a job that started "slightly" before its creation
 * (https://github.com/llvm/llvm-project/pull/130941) has waited for 0 seconds. Times that are further apart contradict each other,
 * such as a start weeks after the end: https://github.com/scribd/github-action-datadog-reporting/issues/39
 */
const clocksApartMillis = 10_000;

/** Whether these moments can follow each other in this order. Unknown moments are left out. */
function canFollow(...moments: readonly (Millis | undefined)[]): boolean {
  const defined = moments.filter((moment) => moment !== undefined);
  return defined.every((moment, i) => defined.slice(0, i).every((earlier) => earlier - moment <= clocksApartMillis));
}

/** Seconds between two moments, never below 0. `null` where one is unknown, or where they contradict each other. */
function computeSeconds(from: Millis | undefined, to: Millis | undefined): number | null {
  return from === undefined || to === undefined || !canFollow(from, to) ? null : Math.max(0, to - from) / 1000;
}
