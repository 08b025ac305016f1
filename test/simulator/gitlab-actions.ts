import { isManual, isShown } from "./gitlab-hooks.ts";
import { addJob, isOver, latestJobs, processPipeline, setJob } from "./gitlab-pipeline.ts";
import type { Job, JobPlan, Pipeline, World } from "./gitlab-world.ts";

export function createPipeline(world: World, plans: readonly JobPlan[], parent?: Pipeline): Pipeline {
  const pipeline: Pipeline = {
    id: world.nextId++,
    createdAt: world.now,
    parent,
    jobs: [],
    ends: [],
    status: "created",
    causes: new Set(["created"]),
    duration: null,
  };
  world.pipelines.push(pipeline);
  for (const plan of plans) addJob(world, pipeline, plan, 0);
  settle(world, pipeline);
  return pipeline;
}

/** Moves a pipeline on; and its parent, if that waits for it (`strategy: depend`). */
export function settle(world: World, pipeline: Pipeline): void {
  processPipeline(world, pipeline);
  for (const job of latestJobs(pipeline)) {
    if (job.plan.kind === "bridge" && job.status === "pending") {
      setJob(world, pipeline, job, "running");
      createPipeline(world, job.plan.child ?? [], pipeline);
      processPipeline(world, pipeline);
    }
  }
  const bridge = pipeline.parent?.jobs.find(({ plan }) => plan.kind === "bridge");
  if (pipeline.parent === undefined || bridge === undefined || !isOver(pipeline) || bridge.status !== "running") return;
  setJob(world, pipeline.parent, bridge, pipeline.status === "skipped" ? "failed" : pipeline.status);
  settle(world, pipeline.parent);
}

/** A runner picks a job up, or is done with it. */
export function fireTimer(world: World, pipeline: Pipeline, job: Job): void {
  if (job.status === "pending") {
    setJob(world, pipeline, job, "running");
    world.timers.push({ at: world.now + job.plan.work, pipeline, job });
  } else if (job.status === "running") {
    const failed = job.plan.fails[job.attempt] === true;
    setJob(world, pipeline, job, failed ? "failed" : "success");
    if (failed && job.attempt < job.plan.retry) clone(world, pipeline, job);
  } else return;
  settle(world, pipeline);
}

/** A retry is a new job of the same name. gitlabhq app/services/ci/clone_job_service.rb */
function clone(world: World, pipeline: Pipeline, job: Job): Job {
  if (pipeline.ends.length > 0) pipeline.causes.add("retry");
  return addJob(world, pipeline, job.plan, job.attempt + 1);
}

/** gitlabhq app/services/ci/reset_skipped_jobs_service.rb */
function resetSkipped(world: World, pipeline: Pipeline): void {
  for (const job of latestJobs(pipeline)) if (job.status === "skipped") setJob(world, pipeline, job, "created");
}

export function retryJob(world: World, pipeline: Pipeline, job: Job): void {
  const retried = clone(world, pipeline, job);
  resetSkipped(world, pipeline);
  // A manual job that is run again is not asked for again.
  if (isManual(job)) setJob(world, pipeline, retried, "pending");
  settle(world, pipeline);
}

export function canRetry({ status, plan }: Job): boolean {
  return (status === "failed" || status === "canceled") && plan.kind !== "bridge" && plan.kind !== "external";
}

/** The button of the pipeline. gitlabhq app/services/ci/retry_pipeline_service.rb */
export function retryPipeline(world: World, pipeline: Pipeline): void {
  for (const job of latestJobs(pipeline).filter(canRetry)) {
    clone(world, pipeline, job);
    // A hook that is built in between has the old status and some of the new jobs.
    if (world.random() < 0.3) world.tellPipeline(pipeline);
  }
  resetSkipped(world, pipeline);
  const bridge = pipeline.parent?.jobs.find(({ plan }) => plan.kind === "bridge");
  settle(world, pipeline);
  if (pipeline.parent === undefined || bridge === undefined) return;
  // `reset_source_bridge!`
  pipeline.parent.causes.add("child");
  setJob(world, pipeline.parent, bridge, "pending");
  bridge.status = "running";
  resetSkipped(world, pipeline.parent);
  settle(world, pipeline.parent);
}

export function playJob(world: World, pipeline: Pipeline, job: Job): void {
  pipeline.causes.add("play");
  setJob(world, pipeline, job, "pending");
  settle(world, pipeline);
}

/** An external status is posted once more: it replaces the one of the same name, and its id is in no webhook. */
export function postStatus(world: World, pipeline: Pipeline): void {
  const status = latestJobs(pipeline).find(({ plan }) => plan.kind === "external");
  if (status === undefined) return;
  pipeline.causes.add("external");
  addJob(world, pipeline, status.plan, status.attempt + 1);
  resetSkipped(world, pipeline);
  settle(world, pipeline);
}

/** gitlabhq app/services/ci/cancel_pipeline_service.rb */
export function cancelPipeline(world: World, pipeline: Pipeline): void {
  for (const job of latestJobs(pipeline)) {
    if (["created", "pending", "running"].includes(job.status)) setJob(world, pipeline, job, "canceled");
  }
  settle(world, pipeline);
}

export function hasHidden(pipeline: Pipeline): boolean {
  return pipeline.jobs.some((job) => !isShown(job));
}
