import { createBuild, countBusySeconds, statuses, formatTime } from "./gitlab-jobs.ts";
import { createCodeHooks, createDeploymentHooks } from "./gitlab-code.ts";
import { createGitlabDelivery, describeRun, host, numberMergeRequest, type RunContext } from "./gitlab-fields.ts";
import type { Attempt, DemoDelivery, Job, Run } from "./story.ts";
import type { World } from "./world.ts";
import type { Millis } from "../core/time.ts";

/**
 * Pipeline Hooks, each a snapshot of the run at its time, and Job Hooks of jobs that begin and end. GitLab keeps the id
 * of the run through retries, and gives a job that runs again a new one.
 */
export function createGitlabDeliveries(run: Run, world: World): DemoDelivery[] {
  const base = 10_000_000_000 + world.idBase;
  const context = { run, world, base };
  const runs = run.attempts.flatMap((attempt, i) => {
    const earlier = run.attempts[i - 1];
    const own = attempt.jobs.filter((job) => job.startedAt !== null && earlier?.jobs.includes(job) !== true);
    const moments = listDeliveryTimes(attempt, i > 0);
    return [
      ...moments.map((at) => pipelineHook(context, attempt, earlier, at)),
      ...own.flatMap((job) => [...job.tries, job]).flatMap((job) => jobHooks(context, job)),
      ...own.flatMap((job) => createDeploymentHooks(context, job)),
    ];
  });
  return [...createCodeHooks(context), ...runs];
}

/** The times at which GitLab sends a snapshot: once for an attempt that never started and was not cancelled. */
function listDeliveryTimes({ readyAt, startedAt, endedAt, outcome }: Attempt, isLater: boolean): Millis[] {
  if (startedAt === null) return outcome === "cancellation" ? [readyAt, endedAt] : [endedAt];
  return isLater ? [startedAt, endedAt] : [readyAt, startedAt, endedAt];
}

function pipelineHook(context: RunContext, attempt: Attempt, earlier: Attempt | undefined, at: Millis): DemoDelivery {
  const { run, world, base } = context;
  const [first] = run.attempts;
  const isOver = at >= attempt.endedAt;
  const started = first.startedAt ?? (isOver ? first.endedAt : null);
  const queued = started === null ? 0 : (started - run.at) / 1000;
  // GitLab keeps the last end in the snapshots of a run that goes on after it.
  const end = isOver ? attempt : earlier;
  const status = isOver ? statuses[attempt.outcome] : at >= (attempt.startedAt ?? Infinity) ? "running" : "pending";
  const attributes = {
    id: base + run.index,
    iid: world.numberBase + run.index,
    name: null,
    ref: run.branch,
    tag: false,
    sha: run.sha,
    before_sha: "0".repeat(40),
    source: run.cause === "change" ? "merge_request_event" : run.cause,
    status,
    detailed_status: status === "success" ? "passed" : status,
    stages: [...new Set(run.plan.jobs.map(({ stage }) => stage))],
    created_at: formatTime(run.at),
    finished_at: end === undefined || end.outcome === "skip" ? null : formatTime(end.endedAt),
    duration: end === undefined || end.startedAt === null ? null : countBusySeconds(end.jobs),
    queued_duration: queued > 0 ? queued : null,
    url: `${host}/${run.plan.project}/-/pipelines/${base + run.index}`,
  };
  const mergeRequest = {
    iid: numberMergeRequest(context),
    title: run.title,
    source_branch: run.branch,
    target_branch: "main",
  };
  return createGitlabDelivery(context, "Pipeline Hook", `pipeline/${run.index}/${at}`, at, {
    object_kind: "pipeline",
    object_attributes: attributes,
    merge_request: run.cause === "change" ? mergeRequest : null,
    ...describeRun(run),
    builds: attempt.jobs.map((job) => {
      const latest = [...job.tries, job].findLast(({ readyAt }) => readyAt <= at) ?? job.tries[0] ?? job;
      return createBuild(latest, base, at, run.branch);
    }),
  });
}

function jobHooks(context: RunContext, job: Job): DemoDelivery[] {
  return [job.startedAt, job.endedAt].flatMap((at) => (at === null ? [] : jobHook(context, job, at)));
}

function jobHook(context: RunContext, job: Job, at: Millis): DemoDelivery {
  const { run, base } = context;
  const of = createBuild(job, base, at, run.branch);
  return createGitlabDelivery(context, "Job Hook", `job/${job.id}/${of.status}`, at, {
    object_kind: "build",
    ref: run.cause === "change" ? `refs/merge-requests/${numberMergeRequest(context)}/head` : run.branch,
    tag: false,
    sha: run.sha,
    retries_count: job.tries.length,
    build_id: of.id,
    build_name: of.name,
    build_stage: of.stage,
    build_status: of.status,
    build_created_at: of.created_at,
    build_started_at: of.started_at,
    build_finished_at: of.finished_at,
    build_duration: of.duration,
    build_queued_duration: of.queued_duration,
    build_allow_failure: of.allow_failure,
    build_failure_reason: of.failure_reason ?? "unknown_failure",
    pipeline_id: base + run.index,
    runner: of.runner,
    project_name: run.plan.project.replaceAll("/", " / "),
    ...describeRun(run),
    // Not a commit but the pipeline, as GitLab has it.
    commit: { id: base + run.index, name: null, sha: run.sha, message: run.title, status: "running" },
  });
}
