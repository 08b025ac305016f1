import {
  createCodeDeliveries,
  createDeployment,
  createDeploymentDeliveries,
  numberPullRequest,
} from "./github-code.ts";
import {
  createGithubDelivery,
  createRepository,
  createUser,
  formatTime,
  toFileName,
  type RunContext,
} from "./github-fields.ts";
import type { Attempt, DemoDelivery, Job, Run } from "./story.ts";
import type { World } from "./world.ts";
import type { Millis } from "../core/time.ts";

/** What came out, in GitHub's words: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
const conclusions = {
  success: "success",
  failure: "failure",
  timeout: "timed_out",
  error: "startup_failure",
  cancellation: "cancelled",
  skip: "skipped",
  manual: "skipped",
} as const;

/** `workflow_run` and `workflow_job` events; "Re-run failed jobs" makes a new attempt of the same run. */
export function createGithubDeliveries(run: Run, world: World): DemoDelivery[] {
  const context = { run, world, base: 20_000_000_000 + world.idBase };
  const runs = run.attempts.flatMap((attempt, i) => {
    const own = attempt.jobs.filter((job) => run.attempts[i - 1]?.jobs.includes(job) !== true);
    return [
      ...runEvents(context, attempt, i + 1),
      ...own.flatMap((job) => [
        ...jobEvents(context, job, attempt, i + 1),
        ...createDeploymentDeliveries(context, job, i + 1),
      ]),
    ];
  });
  return [...createCodeDeliveries(context), ...runs];
}

function runEvents(context: RunContext, attempt: Attempt, number: number): DemoDelivery[] {
  const { readyAt, startedAt, endedAt, outcome } = attempt;
  const event = (action: string, status: string, conclusion: string | null, at: Millis) =>
    createGithubDelivery(context, "workflow_run", `run/${context.run.index}/${number}/${action}`, at, {
      action,
      workflow_run: workflowRun(context, attempt, number, { status, conclusion, updated_at: formatTime(at) }),
      workflow: createWorkflow(context.run),
    });
  return [
    // GitHub requests a run once; a re-run begins with its jobs.
    ...(number === 1 ? [event("requested", "queued", null, readyAt)] : []),
    ...(startedAt === null ? [] : [event("in_progress", "in_progress", null, startedAt)]),
    event("completed", "completed", conclusions[outcome], endedAt),
  ];
}

function workflowRun(context: RunContext, { readyAt }: Attempt, attempt: number, status: object) {
  const { run, base } = context;
  const id = base + run.index;
  const { id: repository, full_name, html_url } = createRepository(run);
  const path = `.github/workflows/${toFileName(run)}.yml`;
  return {
    id,
    name: run.plan.pipeline,
    head_branch: run.branch,
    head_sha: run.sha,
    path,
    display_title: run.title,
    run_number: context.world.numberBase + run.index,
    event: run.cause === "change" ? "pull_request" : run.cause,
    ...status,
    workflow_id: 118_000_000 + run.plan.pipeline.length,
    html_url: `${html_url}/actions/runs/${id}`,
    pull_requests:
      run.cause === "change" ? [{ number: numberPullRequest(context), base: { repo: { id: repository } } }] : [],
    created_at: formatTime(run.at),
    actor: createUser(run.author),
    run_attempt: attempt,
    run_started_at: formatTime(readyAt),
    triggering_actor: createUser(run.author),
    head_commit: { id: run.sha, message: run.title, timestamp: formatTime(run.at), author: { name: run.author } },
    repository: { full_name, private: true, fork: false },
    head_repository: { full_name, private: true, fork: false },
  };
}

function jobEvents(context: RunContext, job: Job, attempt: Attempt, number: number): DemoDelivery[] {
  const event = (action: string, at: Millis, conclusion: string | null = null) =>
    createGithubDelivery(context, "workflow_job", `job/${job.id}/${number}/${action}`, at, {
      action,
      workflow_job: workflowJob(context, job, number, action, conclusion),
      ...(job.plan.deploys === true ? { deployment: createDeployment(context, job, number) } : {}),
    });
  const { readyAt, startedAt, endedAt, outcome } = job;
  if (startedAt === null) return [event("completed", Math.max(endedAt, attempt.readyAt), conclusions[outcome])];
  return [
    event("queued", readyAt),
    event("in_progress", startedAt),
    event("completed", endedAt, outcome === "error" ? "failure" : conclusions[outcome]),
  ];
}

function workflowJob({ run, base }: RunContext, job: Job, attempt: number, status: string, conclusion: string | null) {
  // Each attempt of a job has an id of its own, also that of a job which was skipped before.
  const [runId, id] = [base + run.index, 3 * base + 10 * job.id + attempt];
  const { html_url } = createRepository(run);
  const hasRunner = job.startedAt !== null && status !== "queued";
  const begun = hasRunner ? (job.startedAt ?? job.readyAt) : job.readyAt;
  return {
    id,
    run_id: runId,
    workflow_name: run.plan.pipeline,
    head_branch: run.branch,
    head_sha: run.sha,
    run_attempt: attempt,
    html_url: `${html_url}/actions/runs/${runId}/job/${id}`,
    status,
    conclusion,
    created_at: formatTime(job.readyAt),
    started_at: formatTime(begun),
    completed_at: status === "completed" ? formatTime(job.endedAt) : null,
    name: job.plan.name,
    steps: hasRunner ? createSteps(job, status, conclusion) : [],
    labels: job.plan.name.startsWith("e2e") ? ["self-hosted", "linux", "large"] : ["ubuntu-24.04"],
    runner_id: hasRunner ? 1000 + (job.id % 40) : null,
    runner_name: hasRunner ? `GitHub Actions ${1000 + (job.id % 40)}` : null,
    runner_group_name: hasRunner ? "GitHub Actions" : null,
  };
}

function createWorkflow(run: Run) {
  const path = `.github/workflows/${toFileName(run)}.yml`;
  return { id: 118_000_000 + run.plan.pipeline.length, name: run.plan.pipeline, path, state: "active" };
}

/** The steps of a job: those that GitHub adds take some seconds each, and what the job is for the rest. */
function createSteps({ plan, startedAt, readyAt, endedAt }: Job, status: string, conclusion: string | null) {
  const from = startedAt ?? readyAt;
  const isOver = status === "completed";
  const step = (name: string, number: number, start: Millis, end: Millis, result: string | null) => ({
    name,
    status: isOver ? "completed" : "in_progress",
    conclusion: isOver ? result : null,
    number,
    started_at: formatTime(start),
    completed_at: isOver ? formatTime(Math.max(start, end)) : null,
  });
  return [
    step("Set up job", 1, from, from + 2000, "success"),
    step("Run actions/checkout@v5", 2, from + 2000, from + 5000, "success"),
    step(`Run ${plan.name}`, 3, from + 5000, endedAt, conclusion),
  ];
}
