import { createGitlabDelivery, describeProject, host, numberMergeRequest, type RunContext } from "./gitlab-fields.ts";
import { createEnvironment, formatTime } from "./gitlab-jobs.ts";
import { hashToNumber } from "./random.ts";
import type { DemoDelivery, Job, Run } from "./story.ts";
import type { Millis } from "../core/time.ts";

/**
 * What happens to code around a run of the default branch: the merge that it came of, and the push that the merge made.
 * https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
export function createCodeHooks(context: RunContext): DemoDelivery[] {
  const { before } = context.run;
  return before === undefined ? [] : [mergeRequestHook(context), pushHook(context, before)];
}

function mergeRequestHook(context: RunContext): DemoDelivery {
  const { run, world } = context;
  const minutes = 20 + hashToNumber(`${world.key}/review/${run.index}`, 600);
  const number = numberMergeRequest(context);
  return createGitlabDelivery(context, "Merge Request Hook", `merge/${run.index}`, run.at, {
    object_kind: "merge_request",
    user: createUser(run),
    project: describeProject(run.plan.project),
    object_attributes: {
      iid: number,
      title: run.index % 12 === 5 ? `Revert "${run.title}"` : run.title,
      description: "",
      source_branch: run.index % 12 === 7 ? "hotfix/totals" : "feature/totals",
      target_branch: "main",
      target_project_id: describeProject(run.plan.project).id,
      state: "merged",
      action: "merge",
      draft: false,
      created_at: formatTime(run.at - minutes * 60_000),
      updated_at: formatTime(run.at),
      merge_commit_sha: run.sha,
      last_commit: createCommit(run),
      url: `${host}/${run.plan.project}/-/merge_requests/${number}`,
    },
    labels: [],
  });
}

function pushHook(context: RunContext, before: string): DemoDelivery {
  const { run } = context;
  const project = describeProject(run.plan.project);
  return createGitlabDelivery(context, "Push Hook", `push/${run.index}`, run.at, {
    object_kind: "push",
    event_name: "push",
    before,
    after: run.sha,
    ref: "refs/heads/main",
    checkout_sha: run.sha,
    user_username: run.author,
    project_id: project.id,
    project,
    commits: [createCommit(run)],
    total_commits_count: 1,
  });
}

/** Deployment Hooks of a job that deploys: when it starts and when it ends. */
export function createDeploymentHooks(context: RunContext, job: Job): DemoDelivery[] {
  const { startedAt, endedAt, outcome } = job;
  if (startedAt === null || createEnvironment(job, context.run.branch) === null) return [];
  const end = outcome === "success" ? "success" : outcome === "cancellation" ? "canceled" : "failed";
  return [deploymentHook(context, job, "running", startedAt), deploymentHook(context, job, end, endedAt)];
}

function deploymentHook(context: RunContext, job: Job, status: string, at: Millis): DemoDelivery {
  const { run, base } = context;
  const environment = createEnvironment(job, run.branch);
  const web = `${host}/${run.plan.project}/-`;
  return createGitlabDelivery(context, "Deployment Hook", `deployment/${job.id}/${status}`, at, {
    object_kind: "deployment",
    status,
    status_changed_at: formatTime(at),
    deployment_id: base + job.id,
    deployable_id: base + job.id,
    deployable_url: `${web}/jobs/${base + job.id}`,
    environment: environment?.name,
    environment_tier: environment?.deployment_tier,
    project: describeProject(run.plan.project),
    short_sha: run.sha.slice(0, 8),
    user: createUser(run),
    commit_url: `${web}/commit/${run.sha}`,
    commit_title: run.title,
    ref: run.branch,
  });
}

function createUser({ author }: Run) {
  return { id: 10 + author.length, name: author, username: author, avatar_url: null, email: "[REDACTED]" };
}

function createCommit({ sha, title, at, author }: Run) {
  return {
    id: sha,
    message: `${title}\n`,
    title,
    timestamp: new Date(at - 40_000).toISOString(),
    author: { name: author },
  };
}
