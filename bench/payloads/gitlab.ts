import { json, number, sha, tokens, uuid } from "./text.ts";

const { n, date, clock, epoch } = tokens;
const web = "https://gitlab.example.com/acme/checkout";

const user = {
  id: 4711,
  name: "Robin Vale",
  username: "rvale",
  avatar_url: "https://gitlab.example.com/avatar/4711.png",
  email: "[REDACTED]",
};

/** Twelve jobs in five stages, with the seconds they waited and worked. */
const jobs = [
  ["prepare", "install", 2.4, 41.8],
  ["build", "build-api", 1.9, 182.3],
  ["build", "build-web", 3.1, 236.5],
  ["build", "build-image", 4.6, 148.9],
  ["test", "unit", 2.2, 97.4],
  ["test", "lint", 1.7, 38.2],
  ["test", "integration", 5.3, 311.6],
  ["test", "e2e-chrome", 6.8, 402.7],
  ["test", "e2e-firefox", 7.1, 428.1],
  ["scan", "dependencies", 2.9, 64.5],
  ["scan", "container", 3.3, 88.8],
  ["deploy", "staging", 1.4, 73.9],
] as const;

/**
 * A finished Pipeline Hook of a recent GitLab, just under 10 kB with its twelve jobs. The run's id is the delivery's, each
 * job's is that with two digits more. `begun` is when all the runs began.
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
 */
export function gitlabPipelineHook(secret: string, begun: Date) {
  return pipelineHook(secret, begun, (job, i) => ({ ...build(job, i, begun), ...unread(job) }));
}

/** The same in 7.3 kB, without the users of jobs and the fields that no adapter reads: as much to record, but less to decode. */
export function compactGitlabHook(secret: string, begun: Date) {
  return pipelineHook(secret, begun, (job, i) => build(job, i, begun));
}

type Job = (typeof jobs)[number];

function pipelineHook(secret: string, begun: Date, writeJob: (job: Job, i: number) => object) {
  const body = json({
    object_kind: "pipeline",
    object_attributes: {
      id: number(n),
      iid: 20931,
      name: "checkout",
      ref: "main",
      tag: false,
      sha,
      before_sha: "a04f6b21c83de9570f1b6c2d4e8a97350b1c6d2e",
      source: "push",
      status: "success",
      detailed_status: "passed",
      stages: ["prepare", "build", "test", "scan", "deploy"],
      created_at: time(begun, 0),
      finished_at: `${date} ${clock} UTC`,
      duration: 874,
      queued_duration: 3,
      variables: [],
      url: `${web}/-/pipelines/${n}`,
    },
    merge_request: null,
    user,
    project: {
      id: 812,
      name: "checkout",
      description: "Takes the basket to the payment provider and back",
      web_url: web,
      avatar_url: null,
      git_ssh_url: "git@gitlab.example.com:acme/checkout.git",
      git_http_url: `${web}.git`,
      namespace: "acme",
      visibility_level: 0,
      path_with_namespace: "acme/checkout",
      default_branch: "main",
      ci_config_path: ".gitlab-ci.yml",
    },
    commit: {
      id: sha,
      message: "Keep the basket when a payment is declined\n\nThe session was dropped with the failed attempt.\n",
      title: "Keep the basket when a payment is declined",
      timestamp: `${at(begun, -60).slice(0, 19)}+00:00`,
      url: `${web}/-/commit/${sha}`,
      author: { name: "Robin Vale", email: "[REDACTED]" },
    },
    builds: jobs.map(writeJob),
  });
  return {
    provider: "gitlab",
    path: "/webhooks/gitlab",
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "GitLab/18.5.1",
      "X-Gitlab-Event": "Pipeline Hook",
      "X-Gitlab-Instance": "https://gitlab.example.com",
      "X-Gitlab-Webhook-UUID": "0d6a2f48-51c3-4b7e-8a90-e4b7c15d3f26",
      "X-Gitlab-Event-UUID": uuid,
      "Idempotency-Key": uuid,
      "webhook-id": uuid,
      "webhook-timestamp": epoch,
      "X-Gitlab-Token": secret,
    },
    body,
    jobs: jobs.length,
  } as const;
}

function build([stage, name, waited, worked]: Job, i: number, begun: Date) {
  const started = 10 + i * 20;
  return {
    id: number(`${n}${String(i + 1).padStart(2, "0")}`),
    stage,
    name,
    status: "success",
    created_at: time(begun, 0),
    started_at: time(begun, started),
    finished_at: time(begun, started + Math.round(worked)),
    duration: worked + 0.129384,
    queued_duration: waited + 0.048213,
    failure_reason: null,
    when: "on_success",
    manual: false,
    allow_failure: stage === "scan",
    runner: {
      id: 60 + (i % 4),
      description: `runner-${i % 4}.ci.example.com`,
      runner_type: "instance_type",
      active: true,
      is_shared: true,
      tags: ["linux", "docker"],
    },
    ...(stage === "deploy" ? { environment: { name: "staging", action: "start", deployment_tier: "staging" } } : {}),
  };
}

function unread([stage]: Job) {
  return {
    user,
    artifacts_file: { filename: null, size: null },
    ...(stage === "deploy" ? {} : { environment: null }),
  };
}

/** `2026-05-21 16:06:02 UTC` */
function time(begun: Date, seconds: number): string {
  return `${at(begun, seconds).slice(0, 19).replace("T", " ")} UTC`;
}

function at(begun: Date, seconds: number): string {
  return new Date(begun.getTime() + seconds * 1000).toISOString();
}
