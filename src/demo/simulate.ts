import { isBroken } from "./hours.ts";
import { floorToSecond, type Random } from "./random.ts";
import { simulateAttempt, type Circumstances } from "./simulate-attempt.ts";
import type { Attempt, Job, Run, Start } from "./story.ts";
import type { Millis } from "../core/time.ts";
import type { RunResult } from "../core/states.ts";

const minute = 60_000;
const attemptsMax = 3;

/** What goes wrong with a whole run, and how often (per mille). */
const misfortunes = { skipped: 25, refused: 12, cancelled: 45 } as const;

/** Simulates the runs, and adds those that people restart. */
export function simulate(starts: readonly Start[], random: Random): Run[] {
  let created = 0;
  let repeats = 0;
  const nextId = () => ++created;
  return starts.flatMap((start) => {
    const fault = pickFault(start, random);
    const attempts: [Attempt, ...Attempt[]] = [firstAttempt(start, fault, random, nextId)];
    const run: Run = { ...start, attempts, repeats: undefined };
    const repeated: Run[] = [];
    while (attempts.length + repeated.length < attemptsMax) {
      const last = repeated.at(-1)?.attempts[0] ?? attempts.at(-1) ?? attempts[0];
      if (!isStartedAgain(last.outcome, fault, random)) break;
      const at = floorToSecond(last.endedAt + random.between(2, 25) * minute);
      if (repeatsAreRuns(start)) repeated.push(repeat(run, at, starts.length + repeats++, fault, random, nextId));
      else attempts.push(simulateAttempt({ start, from: at, previous: last, fault, random, nextId }));
    }
    const played = start.isDefault ? play(attempts.at(-1) ?? attempts[0], random) : undefined;
    if (played !== undefined) attempts.push(played);
    return [run, ...repeated];
  });
}

/** Picks the job that fails in every attempt: the branch is broken, or the change is. */
function pickFault(start: Start, random: Random): string | undefined {
  if (start.isDefault && isBroken(start.plan, start.at)) return start.plan.broken?.job;
  if (!random.chance(start.isDefault ? 0.03 : 0.14)) return undefined;
  const [first, ...others] = start.plan.jobs.filter(({ manual, stage }) => manual !== true && stage !== "finally");
  return first === undefined ? undefined : random.pick([first, ...others]).name;
}

function firstAttempt(start: Start, fault: string | undefined, random: Random, nextId: () => number): Attempt {
  const luck = random.between(0, 999);
  const idle = (outcome: RunResult, jobs: readonly Job[], seconds: number): Attempt => {
    const endedAt = start.at + seconds * 1000;
    return { readyAt: start.at, startedAt: null, endedAt, outcome, jobs, played: false };
  };
  // Tekton has no skipped runs: it creates no run then.
  if (start.cause !== "schedule" && start.plan.provider !== "tekton" && luck < misfortunes.skipped) {
    const skip = { outcome: "skip", readyAt: start.at, startedAt: null, endedAt: start.at + 1000, tries: [] } as const;
    return idle(
      "skip",
      start.plan.jobs.map((plan) => ({ ...skip, id: nextId(), plan })),
      1,
    );
  }
  const { refused, cancelled, skipped } = misfortunes;
  if (luck < skipped + refused) return idle("error", [], 2);
  const circumstances: Circumstances = { start, from: start.at, fault, random, nextId };
  if (luck >= skipped + refused + cancelled) return simulateAttempt(circumstances);
  // Cancelled because somebody pushed again, at times before anything had begun.
  const after = random.chance(0.25) ? 1 : random.between(20, 400);
  return simulateAttempt({ ...circumstances, cancelledAt: start.at + after * 1000 });
}

/** Whether somebody restarts a run: mostly after a flaky failure, at times after a real fault or a cancellation. */
function isStartedAgain(outcome: RunResult, fault: string | undefined, random: Random): boolean {
  if (outcome === "failure" || outcome === "timeout") return random.chance(fault === undefined ? 0.75 : 0.25);
  return outcome === "cancellation" && random.chance(0.15);
}

/** GitLab and GitHub take up the same run, Tekton and Jenkins begin a new one. */
function repeatsAreRuns({ plan }: Start): boolean {
  return plan.provider === "tekton" || plan.provider === "jenkins";
}

function repeat(
  of: Run,
  at: Millis,
  index: number,
  fault: string | undefined,
  random: Random,
  nextId: () => number,
): Run {
  const start: Start = { ...of, at, index };
  return { ...start, attempts: [simulateAttempt({ start, from: at, fault, random, nextId })], repeats: of };
}

/** Simulates a person who plays the manual job of a successful run some time after its end. */
function play(last: Attempt, random: Random): Attempt | undefined {
  const waiting = last.jobs.find(({ outcome }) => outcome === "manual");
  if (waiting === undefined || last.outcome !== "success" || !random.chance(0.6)) return undefined;
  const readyAt = floorToSecond(last.endedAt + random.between(3, 60) * minute);
  const startedAt = readyAt + random.between(2, 20) * 1000;
  const endedAt = startedAt + Math.ceil(random.around(waiting.plan.seconds)) * 1000;
  const done: Job = { ...waiting, outcome: "success", readyAt, startedAt, endedAt };
  const jobs = last.jobs.map((job) => (job === waiting ? done : job));
  return { readyAt, startedAt, endedAt, outcome: "success", jobs, played: true };
}
