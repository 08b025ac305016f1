import type { Job } from "./story.ts";
import type { Millis } from "../core/time.ts";

/** GitLab's words for what is over: https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events */
export const statuses = {
  success: "success",
  failure: "failed",
  timeout: "failed",
  error: "failed",
  cancellation: "canceled",
  skip: "skipped",
  manual: "manual",
} as const;

/** The time in which at least one job ran: https://docs.gitlab.com/ci/pipelines/#pipeline-duration */
export function countBusySeconds(jobs: readonly Job[]): number {
  const spans = jobs.flatMap(({ startedAt, endedAt }) => (startedAt === null ? [] : [{ startedAt, endedAt }]));
  let [busy, until] = [0, 0];
  for (const { startedAt, endedAt } of spans.toSorted((a, b) => a.startedAt - b.startedAt)) {
    busy += Math.max(0, endedAt - Math.max(startedAt, until));
    until = Math.max(until, endedAt);
  }
  return busy / 1000;
}

/** A job in its state at `at`. */
export function createBuild(job: Job, base: number, at: Millis, branch: string) {
  const status = statusAt(job, at);
  const startedAt = job.startedAt !== null && job.startedAt <= at ? job.startedAt : null;
  const isOver = !["created", "manual", "pending", "running", "skipped"].includes(status);
  return {
    id: base + job.id,
    stage: job.plan.stage,
    name: job.plan.name,
    status,
    created_at: formatTime(job.readyAt),
    started_at: startedAt === null ? null : formatTime(startedAt),
    finished_at: isOver ? formatTime(job.endedAt) : null,
    duration: startedAt === null ? null : (Math.min(at, job.endedAt) - startedAt) / 1000,
    queued_duration: startedAt === null ? null : (startedAt - job.readyAt) / 1000,
    failure_reason: status === "failed" ? chooseFailureReason(job) : null,
    when: job.plan.manual === true ? "manual" : "on_success",
    manual: job.plan.manual === true,
    allow_failure: job.plan.optional === true || job.plan.manual === true,
    runner: startedAt === null ? null : createRunner(job),
    environment: createEnvironment(job, branch),
  };
}

/** The environment of a job that deploys; GitLab guesses the tier by the name. */
export function createEnvironment({ plan: { name } }: Job, branch: string) {
  if (name === "review-app") return { name: `review/${branch}`, action: "start", deployment_tier: "development" };
  return name === "staging" || name === "production" ? { name, action: "start", deployment_tier: name } : null;
}

function statusAt({ readyAt, startedAt, endedAt, outcome, plan }: Job, at: Millis): string {
  if (at >= endedAt && at >= readyAt) return statuses[outcome];
  if (startedAt !== null && at >= startedAt) return "running";
  if (plan.manual === true && startedAt !== null && at < readyAt) return "manual";
  return at >= readyAt ? "pending" : "created";
}

function chooseFailureReason({ outcome }: Job): string {
  return outcome === "timeout" ? "job_execution_timeout" : "script_failure";
}

function createRunner({ id, plan: { seconds } }: Job) {
  const number = 1 + (id % 5);
  const isLarge = seconds > 200;
  return {
    id: (isLarge ? 60 : 40) + number,
    description: `${isLarge ? "large" : "shared-linux"}-${number}`,
    runner_type: "instance_type",
    active: true,
    is_shared: true,
    tags: isLarge ? ["linux", "large"] : ["linux"],
  };
}

/** `2026-11-20 10:11:00 UTC` */
export function formatTime(at: Millis): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}
