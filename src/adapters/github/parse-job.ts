import type { Parsed } from "../../core/adapter.ts";
import { lowestVersion, type JobObservation } from "../../core/model.ts";
import type { NativeState } from "../native-state.ts";
import { toHttpUrl } from "../url.ts";
import { describeJob } from "./describe-job.ts";
import { readRunId, readTime } from "./fields.ts";
import { checkWorkflowJob, type WorkflowJob, type WorkflowJobEvent } from "./schema.ts";
import { findUnknownConclusion, interpretStatus } from "./status.ts";
import { hasRunner, measureJob, type JobTimes } from "./timing.ts";
import type { RunResult, State } from "../../core/states.ts";

/**
 * A `workflow_job` event: one job of one attempt (a re-run gives every job a new id). About its run it says only which one it is
 * and that this attempt exists.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
 */
export function parseJob(body: unknown, source: string): Parsed {
  // GitHub sends `queued` deliveries without a job. They contain nothing to keep.
  if (hasNullJob(body)) return { kind: "ignored", reason: "workflow_job is null" };
  const checked = checkWorkflowJob(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { action, workflow_job: job, repository } = checked.value;
  if (isCheckRun(job)) return { kind: "ignored", reason: "a check run that a step made, not a job" };
  const problems: string[] = [];
  const createdAt = readTime("workflow_job.created_at", job.created_at, problems);
  const startedAt = readTime("workflow_job.started_at", job.started_at, problems);
  const completedAt = readTime("workflow_job.completed_at", job.completed_at, problems);
  if (problems.length > 0) return { kind: "invalid", problems };

  const { status, conclusion } = job;
  const fields = { at: "workflow_job", action, status, conclusion, otherwise: guessState(job) } as const;
  const native = interpretStatus(fields);
  const observation = {
    provider: "github",
    source,
    run: readRunId(job.run_id, repository),
    version: lowestVersion,
    attempt: job.run_attempt ?? 1,
    // Without a name the pipeline is left out, and the run's own delivery fills it in. An invented name would be a second pipeline.
    facts: { project: repository.full_name, ...(job.workflow_name ? { pipeline: job.workflow_name } : {}) },
    jobs: [observeJob(checked.value, native, { createdAt, startedAt, completedAt })],
  } as const;
  const unknown = findUnknownConclusion(native, fields);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

function hasNullJob(body: unknown): boolean {
  return typeof body === "object" && body !== null && "workflow_job" in body && body.workflow_job === null;
}

/**
 * GitHub also sends a `workflow_job` event for every check run that a step attaches to its run (a test or lint report), and only
 * when it is complete. It has no runner, no labels of a runner and no steps:
 * https://github.com/actions/actions-runner-controller/issues/2118,
 * https://github.com/grafana/grafana-ci-otel-collector/pull/151. Jobs that never got a runner are skipped or cancelled,
 * have the labels of the runner they needed, or have runner 0: https://github.com/actions/actions-runner-controller/pull/2520.
 */
function isCheckRun({ status, conclusion, runner_id, labels, steps }: WorkflowJob): boolean {
  if (status !== "completed" || conclusion === "skipped" || conclusion === "cancelled") return false;
  return runner_id === null && labels?.length === 0 && steps?.length === 0;
}

/** The state of a job with an unknown `status`. */
function guessState(job: WorkflowJob): State {
  if (job.conclusion || job.completed_at) return "finished";
  return hasRunner(job) ? "executing" : "pending";
}

function observeJob(event: WorkflowJobEvent, native: NativeState, times: JobTimes): JobObservation {
  const job = event.workflow_job;
  const { state, result, nativeStatus, rank } = native;
  const timing = measureJob(job, native, times);
  return {
    job: String(job.id),
    version: { epoch: 0, clock: timing.clock, rank },
    queuedAt: timing.queuedAt,
    startedAt: timing.startedAt,
    facts: {
      name: job.name,
      stage: null,
      runner: job.runner_name || null,
      url: toHttpUrl(job.html_url) ?? null,
      allowFailure: null,
      // Two jobs of a matrix may have the same name, so only this field shows which attempt a job belongs to.
      ...(job.run_attempt ? { attempt: job.run_attempt } : {}),
      ...describeJob(event, state),
      // No time of the approval: a job has the same times before and after it.
      ...(state === "blocked" ? { gate: "approval" } : {}),
      failureReason: state === "finished" ? findFailureReason(job, result) : null,
      nativeStatus,
      state,
      result,
      finishedAt: timing.finishedAt,
      queueSeconds: timing.queueSeconds,
      durationSeconds: timing.durationSeconds,
    },
  };
}

/** The conclusion, where it says more than the result does (`timed_out`, `cancelled`, `stale`, …). */
function findFailureReason(job: WorkflowJob, result: RunResult | null): string | null {
  if (result === "success" || result === "failure" || result === "skip") return null;
  return job.conclusion || null;
}
