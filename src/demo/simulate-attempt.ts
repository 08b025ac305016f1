import { getActivity } from "./hours.ts";
import type { Random } from "./random.ts";
import type { Attempt, Job, JobPlan, Start } from "./story.ts";
import type { Millis } from "../core/time.ts";
import type { RunResult } from "../core/states.ts";

export interface Circumstances {
  readonly start: Start;
  readonly from: Millis;
  /** The job that fails in any case. */
  readonly fault: string | undefined;
  readonly random: Random;
  readonly nextId: () => number;
  /** The attempt whose failed jobs run again; all others are left as they are. */
  readonly previous?: Attempt;
  readonly cancelledAt?: Millis;
}

const broken: ReadonlySet<Job["outcome"]> = new Set(["failure", "timeout", "error"]);

/** One attempt, stage by stage: what comes after a failure is skipped, but for the stage `finally`. */
export function simulateAttempt(circumstances: Circumstances): Attempt {
  const { start, from, previous, nextId } = circumstances;
  // The jobs of a run are created with it, so whatever is tried again is newer than all of them.
  const ids = new Map(start.plan.jobs.map(({ name }) => [name, idIn(previous, name) ?? nextId()]));
  const jobs: Job[] = [];
  let readyAt = from;
  let failed: RunResult | undefined;
  for (const stage of new Set(start.plan.jobs.map((plan) => plan.stage))) {
    const plans = start.plan.jobs.filter((plan) => plan.stage === stage);
    const isDue = failed === undefined || stage === "finally";
    const done = plans.map((plan) => {
      const id = ids.get(plan.name) ?? nextId();
      return isDue ? doJob(plan, id, readyAt, circumstances) : idle(plan, id, readyAt, "skip");
    });
    jobs.push(...done);
    readyAt = Math.max(readyAt, ...done.map(({ endedAt }) => endedAt));
    failed ??= findFailure(done);
  }
  return cancelled({ from, jobs, outcome: failed ?? "success", previous }, circumstances.cancelledAt);
}

function idIn(previous: Attempt | undefined, name: string): number | undefined {
  return previous?.jobs.find(({ plan }) => plan.name === name)?.id;
}

function findFailure(jobs: readonly Job[]): RunResult | undefined {
  const failing = jobs.filter(({ outcome, plan }) => broken.has(outcome) && plan.optional !== true);
  if (failing.length === 0) return undefined;
  return failing.every(({ outcome }) => outcome === "timeout") ? "timeout" : "failure";
}

function doJob(plan: JobPlan, id: number, readyAt: Millis, circumstances: Circumstances): Job {
  const { previous, nextId } = circumstances;
  const before = previous?.jobs.find((job) => job.plan === plan);
  if (before !== undefined && (before.outcome === "success" || plan.optional === true)) return before;
  if (plan.manual === true) return idle(plan, id, readyAt, "manual");
  // A job that was skipped runs under its own id; one that failed is replaced.
  const isReplaced = before !== undefined && before.outcome !== "skip";
  const tries: Job[] = [];
  for (let left = plan.retries ?? 0, own = isReplaced ? nextId() : id; ; left--, own = nextId()) {
    const job = tryOnce(plan, own, tries.at(-1)?.endedAt ?? readyAt, circumstances);
    if (job.outcome !== "failure" || left === 0) return { ...job, tries };
    tries.push(job);
  }
}

function tryOnce(plan: JobPlan, id: number, readyAt: Millis, { fault, random }: Circumstances): Job {
  const wait = Math.ceil(random.around(3 + 45 * getActivity(readyAt) ** 2));
  const startedAt = readyAt + wait * 1000;
  const fails = plan.name === fault || random.chance(plan.flaky ?? 0.004);
  // A failing job ends before its full duration.
  const seconds = Math.ceil(random.around(plan.seconds) * (fails ? 0.3 + 0.7 * random.next() : 1));
  const hangs = plan.limit !== undefined && random.chance(0.03);
  if (plan.limit !== undefined && (hangs || seconds > plan.limit)) {
    return { id, plan, outcome: "timeout", readyAt, startedAt, endedAt: startedAt + plan.limit * 1000, tries: [] };
  }
  const outcome = fails ? "failure" : "success";
  return { id, plan, outcome, readyAt, startedAt, endedAt: startedAt + seconds * 1000, tries: [] };
}

function idle(plan: JobPlan, id: number, at: Millis, outcome: "skip" | "manual"): Job {
  return { id, plan, outcome, readyAt: at, startedAt: null, endedAt: at, tries: [] };
}

interface Worked {
  readonly from: Millis;
  readonly jobs: readonly Job[];
  readonly outcome: RunResult;
  readonly previous: Attempt | undefined;
}

/** The attempt as it was, or as far as it came until somebody cancelled it. */
function cancelled({ from, jobs, outcome, previous }: Worked, at: Millis | undefined): Attempt {
  const own = jobs.filter((job) => previous?.jobs.includes(job) !== true);
  const endedAt = Math.max(from, ...own.map((job) => job.endedAt));
  if (at === undefined || at >= endedAt) return { ...measureAttempt(from, own, endedAt), outcome, jobs, played: false };
  const cut = jobs.map((job): Job => {
    if (job.endedAt <= at && job.startedAt !== null) return job;
    if (job.readyAt > at) return idle(job.plan, job.id, at, "skip");
    const begun = job.startedAt !== null && job.startedAt < at;
    const tries = job.tries.filter((each) => each.endedAt < at);
    return { ...job, tries, outcome: "cancellation", startedAt: begun ? job.startedAt : null, endedAt: at };
  });
  return { ...measureAttempt(from, cut, at), outcome: "cancellation", jobs: cut, played: false };
}

function measureAttempt(readyAt: Millis, jobs: readonly Job[], endedAt: Millis) {
  const starts = jobs.flatMap((job) => [job, ...job.tries]).flatMap(({ startedAt }) => startedAt ?? []);
  return { readyAt, startedAt: starts.length === 0 ? null : Math.min(...starts), endedAt };
}
