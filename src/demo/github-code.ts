import { createGithubDelivery, createRepository, createUser, formatTime, type RunContext } from "./github-fields.ts";
import { hashToNumber } from "./random.ts";
import type { DemoDelivery, Job } from "./story.ts";
import type { Millis } from "../core/time.ts";

/**
 * What happens to code around a run: the pull request that was opened for it, or that was merged by it, the push that came of the
 * merge, and deployments. https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export function createCodeDeliveries(context: RunContext): DemoDelivery[] {
  const { run } = context;
  if (run.cause === "change") return [pullRequest(context, "opened")];
  return run.before === undefined ? [] : [pullRequest(context, "closed"), push(context, run.before)];
}

/** `deployment_status` events of a job that deploys, as GitHub Actions sends them. */
export function createDeploymentDeliveries(context: RunContext, job: Job, attempt: number): DemoDelivery[] {
  const { startedAt, endedAt, outcome } = job;
  if (job.plan.deploys !== true || startedAt === null) return [];
  const end = outcome === "success" ? "success" : outcome === "error" ? "error" : "failure";
  return [
    deploymentStatus(context, job, attempt, "in_progress", startedAt),
    deploymentStatus(context, job, attempt, end, endedAt),
  ];
}

/** The environment of a job, as it stands beside the job in its own deliveries too. */
export function createDeployment({ run, base }: RunContext, job: Job, attempt: number) {
  const environment = run.isDefault ? "production" : "preview";
  return {
    id: base + 10 * job.id + attempt,
    task: "deploy",
    environment,
    original_environment: environment,
    production_environment: run.isDefault,
    transient_environment: !run.isDefault,
    sha: run.sha,
    ref: run.branch,
    payload: {},
    created_at: formatTime(job.readyAt),
    updated_at: formatTime(job.readyAt),
  };
}

function deploymentStatus(context: RunContext, job: Job, attempt: number, state: string, at: Millis): DemoDelivery {
  const { run, base } = context;
  const deployment = createDeployment(context, job, attempt);
  const runUrl = `${createRepository(run).html_url}/actions/runs/${base + run.index}`;
  return createGithubDelivery(context, "deployment_status", `deployment/${deployment.id}/${state}`, at, {
    action: "created",
    deployment_status: {
      id: 4 * base + 10 * job.id + attempt,
      state,
      environment: deployment.environment,
      log_url: runUrl,
      target_url: runUrl,
      description: "",
      created_at: formatTime(at),
      updated_at: formatTime(at),
    },
    deployment,
    workflow: { name: run.plan.pipeline },
    workflow_run: { id: base + run.index, run_attempt: attempt, html_url: runUrl },
    check_run: { id: 3 * base + 10 * job.id + attempt, name: job.plan.name },
  });
}

function pullRequest(context: RunContext, action: "opened" | "closed"): DemoDelivery {
  const { run, base, world } = context;
  const isMerged = action === "closed";
  const minutes = 20 + hashToNumber(`${world.key}/review/${run.index}`, 600);
  const openedAt = isMerged ? run.at - minutes * 60_000 : run.at;
  return createGithubDelivery(context, "pull_request", `pull/${run.index}/${action}`, run.at, {
    action,
    number: numberPullRequest(context),
    pull_request: {
      id: 5 * base + run.index,
      number: numberPullRequest(context),
      state: isMerged ? "closed" : "open",
      title: run.index % 12 === 5 ? `Revert "${run.title}"` : run.title,
      user: createUser(run.author),
      draft: false,
      merged: isMerged,
      created_at: formatTime(openedAt),
      updated_at: formatTime(run.at),
      merged_at: isMerged ? formatTime(run.at) : null,
      merge_commit_sha: isMerged ? run.sha : null,
      labels: run.index % 12 === 7 ? [{ name: "hotfix" }] : [],
      head: { ref: run.branch, sha: run.sha },
      base: { ref: "main" },
    },
  });
}

/** Each run has a pull request of its own. */
export function numberPullRequest({ run, world }: RunContext): number {
  return world.numberBase + run.index;
}

function push(context: RunContext, before: string): DemoDelivery {
  const { run } = context;
  const commit = {
    id: run.sha,
    message: run.title,
    timestamp: formatTime(run.at - 40_000),
    author: { name: run.author },
  };
  return createGithubDelivery(context, "push", `push/${run.index}`, run.at, {
    ref: "refs/heads/main",
    before,
    after: run.sha,
    forced: false,
    created: false,
    deleted: false,
    commits: [commit],
    head_commit: commit,
    pusher: { name: run.author },
  });
}
