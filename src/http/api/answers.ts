import { httpUrl } from "../../adapters/url.ts";
import type { Millis, Result } from "../../core/model.ts";
import {
  dayMillis,
  type DeliveryRow,
  type StoredJob,
  type StoredRun,
  type StoredRunDetail,
  type SummaryGroup,
} from "../../core/store/read/types.ts";

/** `2026-11-20T09:01:07.000Z`; `null` where nobody knows. */
export function isoTime(at: Millis | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function timing(stored: StoredRun | StoredJob) {
  return {
    state: stored.state,
    result: stored.result,
    native_status: stored.nativeStatus,
    queued_at: isoTime(stored.queuedAt),
    started_at: isoTime(stored.startedAt),
    finished_at: isoTime(stored.finishedAt),
    queue_seconds: stored.queueSeconds,
    duration_seconds: stored.durationSeconds,
    corrected: stored.corrected,
  };
}

/** A run as the API shows it; schemas.ts describes it. */
export function runAnswer(run: StoredRun) {
  return {
    id: run.id,
    source: run.source,
    provider: run.provider,
    native_id: run.nativeId,
    project: run.project,
    pipeline: run.pipeline,
    title: run.title,
    number: run.number,
    ref: run.ref,
    ref_kind: run.refKind,
    default_branch: run.defaultBranch,
    sha: run.sha,
    trigger: run.trigger,
    url: httpUrl(run.url) ?? null,
    parent: run.parent,
    restart_of: run.restartOf,
    ...timing(run),
    attempt: run.attempt,
    restarts: run.restarts,
    recovered: run.recovered,
    first_seen_at: isoTime(run.firstSeenAt),
    updated_at: isoTime(run.updatedAt),
  };
}

export function runDetailAnswer({ run, detail, jobs, jobsTruncated, completions }: StoredRunDetail) {
  const tries = new Map<string, number>();
  return {
    ...runAnswer(run),
    detail: detailOf(detail),
    jobs: jobs.map((job) => jobAnswer(job, tries)),
    jobs_truncated: jobsTruncated,
    completions: completions.map((completion, i) => ({
      number: i + 1,
      result: completion.result,
      finished_at: isoTime(completion.finishedAt),
      queue_seconds: completion.queueSeconds,
      duration_seconds: completion.durationSeconds,
    })),
  };
}

/**
 * The attempt that the provider tells. Where it tells none: jobs come in the order in which they began, so one of a name
 * that was there before is a further try of it.
 */
function jobAnswer(job: StoredJob, tries: Map<string, number>) {
  const name = JSON.stringify([job.stage, job.name]);
  const place = (tries.get(name) ?? 0) + 1;
  tries.set(name, place);
  return {
    native_id: job.nativeId,
    name: job.name,
    stage: job.stage,
    task_type: job.taskType,
    attempt: job.attempt ?? place,
    retries: job.retries ?? 0,
    runner: job.runner,
    url: httpUrl(job.url) ?? null,
    allow_failure: job.allowFailure,
    failure_reason: job.failureReason,
    ...timing(job),
  };
}

function detailOf(json: string | null): unknown {
  try {
    return json === null ? null : (JSON.parse(json) as unknown);
  } catch {
    // A text that was cut to its size.
    return null;
  }
}

export function deliveryAnswer(delivery: DeliveryRow) {
  return {
    id: delivery.id,
    source: delivery.source,
    provider: delivery.provider,
    received_at: isoTime(delivery.receivedAt),
    outcome: delivery.outcome,
    reason: delivery.reason,
    bytes: delivery.bytes,
    body_kept: delivery.kept,
  };
}

/** What a ratio of successes leaves out: runs that were called off or skipped say nothing about the work. */
const judged: readonly Result[] = ["success", "failure", "error", "timeout"];

/** Successes among the runs that were judged; `null` where there are none. */
export function successRatio(results: Readonly<Record<Result, number>>): number | null {
  const all = judged.reduce((total, result) => total + results[result], 0);
  return all === 0 ? null : results.success / all;
}

export function runsOf(results: Readonly<Record<Result, number>>): number {
  return Object.values(results).reduce((total, count) => total + count, 0);
}

/** `2026-11-20`. */
export function dayOf(day: number): string {
  return new Date(day * dayMillis).toISOString().slice(0, 10);
}

export function groupAnswer({
  provider,
  project,
  pipeline,
  day,
  results,
  restarts,
  recovered,
  duration,
  queue,
}: SummaryGroup) {
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(project === undefined ? {} : { project }),
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(day === undefined ? {} : { day: dayOf(day) }),
    runs: runsOf(results),
    results,
    success_ratio: successRatio(results),
    restarts,
    recovered,
    duration_seconds: duration ?? null,
    queue_seconds: queue ?? null,
  };
}
