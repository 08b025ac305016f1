import { composeStatus, uniteTimes } from "./gitlab-composite.ts";
import type { Job, JobKind, JobPlan, Pipeline, World } from "./gitlab-world.ts";

const final = new Set(["success", "failed", "canceled", "skipped"]);

export function isOver({ status }: { readonly status: string }): boolean {
  return final.has(status);
}

/** The jobs that are shown: of each name the newest. */
export function latestJobs(pipeline: Pipeline): Job[] {
  return [...new Map(pipeline.jobs.map((job) => [job.plan.name, job])).values()];
}

export function addJob(world: World, pipeline: Pipeline, plan: JobPlan, attempt: number): Job {
  const job: Job = { id: world.nextId++, plan, attempt, status: "created", createdAt: world.now };
  pipeline.jobs.push(job);
  return job;
}

export function setJob(world: World, pipeline: Pipeline, job: Job, status: string): void {
  job.status = status;
  if (status === "pending") {
    job.queuedAt = world.now;
    // A trigger job follows its child pipeline; no runner picks it up.
    if (job.plan.kind !== "bridge") world.timers.push({ at: world.now + job.plan.wait, pipeline, job });
  }
  if (status === "running") job.startedAt = world.now;
  if (isOver(job) && status !== "skipped") job.finishedAt = world.now;
  if (job.plan.kind !== "bridge") world.tellJob(pipeline, job);
}

/**
 * Moves jobs on that need not wait any more, then the pipeline. `on_success`: a job runs once all earlier stages succeeded,
 * and is skipped if they did not. https://docs.gitlab.com/ci/yaml/#when
 */
export function processPipeline(world: World, pipeline: Pipeline): void {
  for (const job of latestJobs(pipeline).toSorted((a, b) => a.plan.stage - b.plan.stage)) {
    if (job.status !== "created") continue;
    const earlier = latestJobs(pipeline).filter(({ plan }) => plan.stage < job.plan.stage);
    const before = composeStatus(earlier.map(toPart)) ?? "success";
    if (!final.has(before)) continue;
    if (before === "failed" || before === "canceled") setJob(world, pipeline, job, "skipped");
    else if (job.plan.kind === "optional" || job.plan.kind === "blocking") setJob(world, pipeline, job, "manual");
    else setJob(world, pipeline, job, "pending");
  }
  const status = composeStatus(latestJobs(pipeline).map(toPart)) ?? "skipped";
  if (status !== pipeline.status) moveTo(world, pipeline, status);
}

function toPart({ status, plan }: Job) {
  return { status, allowFailure: plan.allowFailure };
}

/** gitlabhq app/models/ci/pipeline.rb: what a change of the status sets. Every change is sent to the webhook. */
export function moveTo(world: World, pipeline: Pipeline, status: string): void {
  pipeline.status = status;
  if (status === "running") pipeline.startedAt ??= world.now;
  if (status === "success" || status === "failed" || status === "canceled") pipeline.finishedAt = world.now;
  if (isOver(pipeline) || status === "manual") pipeline.duration = sumWork(world, pipeline);
  world.tellPipeline(pipeline);
  if (isOver(pipeline)) {
    const { duration, causes } = pipeline;
    const worked = (duration ?? 0) > 0 || latestJobs(pipeline).some(({ startedAt }) => startedAt !== undefined);
    pipeline.ends.push({ status, at: world.now, duration, worked, causes });
    pipeline.causes = new Set();
  }
}

function isBuild(kind: JobKind): boolean {
  return kind !== "bridge" && kind !== "external";
}

/** Child pipelines are part of the time in which their parent worked. */
function sumWork(world: World, pipeline: Pipeline): number | null {
  if (pipeline.startedAt === undefined) return null;
  const family = [pipeline, ...world.pipelines.filter(({ parent }) => parent === pipeline)];
  const worked = family
    .flatMap(latestJobs)
    .filter(({ plan, startedAt }) => isBuild(plan.kind) && startedAt !== undefined);
  return uniteTimes(worked.map((job) => [job.startedAt ?? 0, job.finishedAt ?? world.now] as const));
}
