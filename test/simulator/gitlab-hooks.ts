import { latestJobs } from "./gitlab-pipeline.ts";
import type { Job, Pipeline, Posted } from "./gitlab-world.ts";

/** Stands in every body for the project. */
export const projectMark = "simulated/project";

/** How one GitLab writes moments: ` UTC` in what a worker sends, ISO 8601 in what is sent at once. */
export type MomentForm = "utc" | "iso";

function moment(seconds: number | undefined, form: MomentForm): string | null {
  if (seconds === undefined) return null;
  const iso = new Date(seconds * 1000).toISOString();
  return form === "iso" ? iso : `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

const project = {
  id: 12,
  name: "project",
  web_url: `https://gitlab.example.com/${projectMark}`,
  path_with_namespace: projectMark,
  default_branch: "main",
};

/** gitlabhq lib/gitlab/data_builder/pipeline.rb. Trigger jobs and external statuses are not among `builds`. */
export function pipelineHook(pipeline: Pipeline, form: MomentForm): Posted {
  const { id, status, createdAt, startedAt, finishedAt, duration, parent } = pipeline;
  const queued = startedAt === undefined ? 0 : startedAt - createdAt;
  const body = {
    object_kind: "pipeline",
    object_attributes: {
      id,
      iid: id,
      name: null,
      ref: "main",
      tag: false,
      sha: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
      source: parent === undefined ? "push" : "parent_pipeline",
      status,
      created_at: moment(createdAt, form),
      finished_at: moment(finishedAt, form),
      duration,
      queued_duration: queued === 0 ? null : queued,
      url: `https://gitlab.example.com/${projectMark}/-/pipelines/${id}`,
    },
    merge_request: null,
    project,
    builds: latestJobs(pipeline)
      .filter(isShown)
      .map((job) => build(job, form)),
    ...(parent === undefined ? {} : { source_pipeline: { project, pipeline_id: parent.id } }),
  };
  return { event: "Pipeline Hook", body };
}

export function isShown({ plan: { kind } }: Job): boolean {
  return kind !== "bridge" && kind !== "external";
}

function build(job: Job, form: MomentForm) {
  const { id, plan, status, createdAt, startedAt, finishedAt, queuedAt } = job;
  return {
    id,
    stage: `stage ${plan.stage}`,
    name: plan.name,
    status,
    created_at: moment(createdAt, form),
    started_at: moment(startedAt, form),
    finished_at: moment(finishedAt, form),
    duration: startedAt === undefined || finishedAt === undefined ? null : finishedAt - startedAt,
    queued_duration: startedAt === undefined || queuedAt === undefined ? null : startedAt - queuedAt,
    failure_reason: status === "failed" ? "script_failure" : null,
    when: isManual(job) ? "manual" : "on_success",
    manual: isManual(job),
    allow_failure: plan.allowFailure,
    runner: startedAt === undefined ? null : { id: 3, description: "runner-3" },
  };
}

export function isManual({ plan: { kind } }: Job): boolean {
  return kind === "optional" || kind === "blocking";
}

/** gitlabhq lib/gitlab/data_builder/build.rb */
export function jobHook(pipeline: Pipeline, job: Job, form: MomentForm): Posted {
  const of = build(job, form);
  const body = {
    object_kind: "build",
    ref: "main",
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
    pipeline_id: pipeline.id,
    runner: of.runner,
    project_name: "Simulated / Project",
    commit: { id: pipeline.id, name: null },
    repository: { homepage: `https://gitlab.example.com/${projectMark}` },
    project,
  };
  return { event: "Job Hook", body };
}
