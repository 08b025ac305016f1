import { again, broken, jobHook, lint, over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import type { Scenario, Sent } from "./scenario.ts";

export function sent(body: unknown): Sent {
  return {
    headers: { "content-type": "application/json", "x-gitlab-event": "Pipeline Hook" },
    body: JSON.stringify(body),
  };
}

/** A manual job that may fail, so that the run does not wait for it. */
export const ship: JobInput = { id: 3, name: "ship", status: "manual", more: { manual: true, allow_failure: true } };
export const shipped: JobInput = { ...ship, status: "success", started: "11:00", finished: "11:02" };

/** Pipeline 700 as the child of another: Job Hooks do not tell. */
const asChild = {
  source_pipeline: { project: { id: 380, path_with_namespace: "team/shop" }, pipeline_id: 690, job_id: 41 },
};

/** Runs that are part of another one, and a run that another project's only started. */
export const gitlabChildren: readonly Scenario[] = [
  {
    name: "a child pipeline, one of whose jobs is reported first",
    sent: [
      jobHook(unit),
      { ...pipelineHook("running", [{ ...unit, status: "running" }], { source: "parent_pipeline" }), ...asChild },
      { ...pipelineHook("success", [unit], { ...over("10:05", 240), source: "parent_pipeline" }), ...asChild },
    ].map(sent),
    counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
    run: { pipeline: " ▸ child", parent: "690" },
  },
  {
    name: "a pipeline that one of another project triggered",
    sent: [{ ...pipelineHook("success", [unit], { ...over("10:05", 240), source: "pipeline" }), ...asChild }].map(sent),
    counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
    run: { pipeline: "", parent: null },
  },
];

/** Runs that end more than once with the same jobs. */
export const gitlabEnds: readonly Scenario[] = [
  {
    name: "green, and the end after a manual job was played comes alone",
    sent: [sent(pipelineHook("success", [unit, shipped], over("11:02", 360)))],
    counts: { results: { success: 1 }, jobs: 2, queued: 1 },
  },
  {
    name: "red, the child pipeline retried, red, retried once more, green: always the same jobs",
    sent: [
      pipelineHook("failed", [lint, unit], over("10:10", 240)),
      pipelineHook("running", [lint, unit], over("10:10", 240)),
      pipelineHook("failed", [lint, unit], over("10:20", 250)),
      pipelineHook("success", [lint, unit], over("10:30", 260)),
    ].map(sent),
    counts: { results: { failure: 2, success: 1 }, restarts: 2, recovered: 1, jobs: 2, timed: 3, queued: 1 },
    run: { result: "success", attempt: 3, restarts: 2, duration_seconds: 260 },
  },
  {
    name: "red, a snapshot in the middle of the retry, green",
    sent: [
      pipelineHook("failed", [lint, broken], over("10:05", 240)),
      pipelineHook("failed", [lint, { id: 7, status: "pending", created: "10:20" }], over("10:05", 240)),
      pipelineHook("success", [lint, again], over("10:25", 300)),
    ].map(sent),
    counts: {
      results: { failure: 1, success: 1 },
      restarts: 1,
      recovered: 1,
      retries: 1,
      jobs: 3,
      timed: 2,
      queued: 1,
    },
  },
];
