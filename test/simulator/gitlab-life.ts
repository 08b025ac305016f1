import { randomFrom } from "../support/random.ts";
import {
  cancelPipeline,
  canRetry,
  createPipeline,
  fireTimer,
  hasHidden,
  playJob,
  postStatus,
  retryJob,
  retryPipeline,
} from "./gitlab-actions.ts";
import { isShown, jobHook, pipelineHook, type MomentForm } from "./gitlab-hooks.ts";
import { isOver, latestJobs } from "./gitlab-pipeline.ts";
import type { JobKind, JobPlan, Pipeline, World } from "./gitlab-world.ts";
import type { Millis } from "../../src/core/time.ts";

/** The life of one pipeline and its child before `end`, with all that GitLab sends about it. The same for the same seed. */
export function liveThrough(seed: number, end: Millis): World {
  const world = createWorld(seed, Math.floor(end / 1000) - 11 * 3600);
  const main = createPipeline(world, planJobs(world.random));
  for (let action = within(world.random, 0, 6); action > 0; action--) {
    // In the middle of its work, or when nothing happens any more.
    const isEarly = world.random() < 0.35;
    runUntil(world, isEarly ? world.now + within(world.random, 1, 200) : Infinity);
    if (world.timers.length === 0) world.now += within(world.random, 20, 900);
    const choices = listActions(world, main);
    choices[Math.floor(world.random() * choices.length)]?.();
  }
  runUntil(world, Infinity);
  return world;
}

function createWorld(seed: number, start: number): World {
  const random = randomFrom(seed);
  const form: MomentForm = random() < 0.8 ? "utc" : "iso";
  const tellsJobs = random() < 0.6;
  const world: World = {
    now: start,
    nextId: seed * 1000,
    random,
    pipelines: [],
    timers: [],
    posted: [],
    tellPipeline(pipeline) {
      const hook = pipelineHook(pipeline, form);
      world.posted.push(hook);
      // A worker that fails after it posted does it again.
      if (random() < 0.05) world.posted.push(hook);
    },
    tellJob(pipeline, job) {
      if (tellsJobs && isShown(job)) world.posted.push(jobHook(pipeline, job, form));
    },
  };
  return world;
}

/** Whole numbers, both ends included. */
function within(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

function planJobs(random: () => number): JobPlan[] {
  const stages = within(random, 1, 3);
  const hidden = random();
  const jobs: JobPlan[] = [];
  for (let stage = 1; stage <= stages; stage++) {
    for (let i = within(random, 1, 3); i > 0; i--) {
      const chance = random();
      // The first job always runs, so that the pipeline is not skipped as a whole.
      const isFirst = jobs.length === 0;
      const kind = isFirst || chance < 0.6 ? "normal" : chance < 0.85 || hidden < 0.4 ? "optional" : "blocking";
      // Where something hidden fails, the others should not always.
      jobs.push(planJob(random, kind, stage, jobs.length, hidden < 0.4 ? 0.2 : 0.6));
    }
  }
  if (hidden < 0.2)
    jobs.push({ ...planJob(random, "bridge", 1, 90), child: [1, 2].map((n) => planJob(random, "normal", n, n)) });
  else if (hidden < 0.4) jobs.push(planJob(random, "external", 1, 91));
  return jobs;
}

function planJob(random: () => number, kind: JobKind, stage: number, n: number, risk = 0.6): JobPlan {
  const isHidden = kind === "bridge" || kind === "external";
  return {
    name: `job ${n}`,
    stage,
    kind,
    allowFailure: kind === "optional" || (kind === "normal" && random() < 0.2),
    retry: kind === "normal" && random() < 0.2 ? within(random, 1, 2) : 0,
    wait: within(random, 1, 40),
    work: within(random, isHidden ? 120 : 5, 400),
    fails: Array.from({ length: within(random, 0, 3) }, () => random() < risk),
  };
}

function runUntil(world: World, until: number): void {
  for (;;) {
    world.timers.sort((a, b) => a.at - b.at);
    const [next] = world.timers;
    if (next === undefined || next.at > until) break;
    world.timers.shift();
    world.now = Math.max(world.now, next.at);
    fireTimer(world, next.pipeline, next.job);
  }
  if (until !== Infinity) world.now = Math.max(world.now, until);
}

/** What somebody might do now. A play beside a hidden job may be impossible to distinguish from one after the end, see docs/adr/0014: there are none here. */
function listActions(world: World, main: Pipeline): (() => void)[] {
  const child = world.pipelines.find(({ parent }) => parent === main);
  const isQuiet = world.timers.length === 0;
  const shown = latestJobs(main).filter(isShown);
  const actions: (() => void)[] = [];
  if (isQuiet || !hasHidden(main)) {
    for (const job of shown) if (job.status === "manual") actions.push(() => playJob(world, main, job));
  }
  if (!isQuiet && !hasHidden(main) && !isOver(main)) actions.push(() => cancelPipeline(world, main));
  for (const job of shown) {
    const wasGreen = job.status === "success" && isOver(main);
    if (canRetry(job) || wasGreen) actions.push(() => retryJob(world, main, job));
  }
  if (!isQuiet || (main.status !== "failed" && main.status !== "canceled")) return actions;
  if (shown.some(canRetry)) actions.push(() => retryPipeline(world, main));
  if (child !== undefined && child.jobs.some(canRetry) && child.status === "failed") {
    actions.push(() => retryPipeline(world, child));
  }
  if (main.status === "failed") actions.push(() => postStatus(world, main));
  return actions;
}
