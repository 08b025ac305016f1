import type { Parsed } from "../../core/adapter.ts";
import { mention, type JobObservation, type State } from "../../core/model.ts";
import { httpUrl } from "../url.ts";
import { canFollow, readTimes, runId, secondsBetween } from "./native.ts";
import { checkWorkflowJob, type WorkflowJob } from "./schema.ts";
import { judge, saysWaiting, type Judged } from "./status.ts";

const timeFields = ["created_at", "started_at", "completed_at"] as const;

/**
 * A `workflow_job` event: one job of one attempt (a re-run gives every job a new id). Of its run it says no more than
 * which one it is and that this attempt exists.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
 */
export function parseJob(body: unknown, source: string): Parsed {
  // GitHub sends `queued` deliveries without a job; there is nothing in them to keep.
  if (hasNullJob(body)) return { kind: "ignored", reason: "workflow_job is null" };
  const checked = checkWorkflowJob(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { action, workflow_job: job, repository } = checked.value;
  if (isCheckRun(job)) return { kind: "ignored", reason: "a check run that a step made, not a job" };
  const { times, problems } = readTimes("workflow_job", job, timeFields);
  if (problems.length > 0) return { kind: "invalid", problems };

  const { status, conclusion } = job;
  const judged = judge({ at: "workflow_job", action, status, conclusion, otherwise: stateByFacts(job) });
  const observation = {
    provider: "github",
    source,
    run: runId(job.run_id, repository),
    version: mention,
    attempt: job.run_attempt ?? 1,
    // No name: nothing is said, and the run's own delivery fills it in. A made-up one would be a second pipeline.
    facts: { project: repository.full_name, ...(job.workflow_name ? { pipeline: job.workflow_name } : {}) },
    jobs: [jobOf(job, judged, times)],
  } as const;
  return {
    kind: "observed",
    observations: [observation],
    ...(judged.problems.length > 0 ? { problems: judged.problems } : {}),
  };
}

function hasNullJob(body: unknown): boolean {
  return typeof body === "object" && body !== null && "workflow_job" in body && body.workflow_job === null;
}

/**
 * GitHub sends a `workflow_job` event for every check run that a step attaches to its run (a test or lint report), and
 * only when it is complete. Nothing ran it, nothing says where it could run, and it has no steps:
 * https://github.com/actions/actions-runner-controller/issues/2118,
 * https://github.com/grafana/grafana-ci-otel-collector/pull/151. Jobs that never got a runner are skipped or cancelled,
 * name what they would have run on, or have runner 0: https://github.com/actions/actions-runner-controller/pull/2520.
 */
function isCheckRun({ status, conclusion, runner_id, labels, steps }: WorkflowJob): boolean {
  if (status !== "completed" || conclusion === "skipped" || conclusion === "cancelled") return false;
  return runner_id === null && labels?.length === 0 && steps?.length === 0;
}

function stateByFacts(job: WorkflowJob): State {
  if (job.conclusion || job.completed_at) return "finished";
  return hasRunner(job) ? "executing" : "pending";
}

function jobOf(
  job: WorkflowJob,
  { state, hasBegun, result, nativeStatus, rank }: Judged,
  { created_at: created, started_at, completed_at }: { readonly [F in (typeof timeFields)[number]]?: number },
): JobObservation {
  const completed = state === "finished" ? completed_at : undefined;
  const saidStarted = !hasBegun || saysWaiting(job.status) ? undefined : started_at;
  // "Re-run failed jobs" may list the jobs that had passed again, with new ids and the times of their own attempt.
  const carriedOver = created !== undefined && completed !== undefined && completed < created;
  // A start that contradicts creation or end is no start: nothing is timed by it.
  const started = canFollow(created, saidStarted, completed) ? saidStarted : undefined;
  const ran = state === "executing" || (state === "finished" && result !== "skip" && !carriedOver && hasRun(job));
  return {
    job: String(job.id),
    version: { epoch: 0, clock: Math.max(created ?? 0, saidStarted ?? 0, completed ?? 0), rank },
    queuedAt: created,
    startedAt: ran ? started : undefined,
    facts: {
      name: job.name,
      stage: null,
      runner: job.runner_name || null,
      url: httpUrl(job.html_url) ?? null,
      allowFailure: null,
      // Two jobs of a matrix may have one name, so only this tells an attempt.
      ...(job.run_attempt ? { attempt: job.run_attempt } : {}),
      failureReason: state === "finished" ? failureReasonOf(job, result) : null,
      nativeStatus,
      state,
      result,
      finishedAt: completed ?? null,
      queueSeconds: ran ? secondsBetween(created, started) : null,
      durationSeconds: ran ? secondsBetween(started, completed) : null,
    },
  };
}

/** A job that never ran still has a start and an end: the moment it was skipped or cancelled. */
function hasRun(job: WorkflowJob): boolean {
  return hasRunner(job) || (job.steps?.length ?? 0) > 0;
}

/** Not yet or never assigned is null or, in older deliveries, 0 and "". */
function hasRunner(job: WorkflowJob): boolean {
  return Boolean(job.runner_id) || Boolean(job.runner_name);
}

/** The conclusion, where it tells more than the result does (`timed_out`, `cancelled`, `stale`, …). */
function failureReasonOf(job: WorkflowJob, result: Judged["result"]): string | null {
  if (result === "success" || result === "failure" || result === "skip") return null;
  return job.conclusion || null;
}
