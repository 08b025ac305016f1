import type { AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { dayMillis } from "../../src/core/time.ts";
import { makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom } from "../support/random.ts";

export type Provider = "gitlab" | "github";

/** 60 jobs: the first 5 are flaky, the next 3 are broken from some day on, the last 2 names are those of a matrix. */
export const names = Array.from({ length: 60 }, (_, i) => `job ${String(i).padStart(2, "0")}`);
export const [flakyNames, brokenNames, matrixNames] = [names.slice(0, 5), names.slice(5, 8), names.slice(58)];
/** What a failing try of each flaky job costs: the order of the ranking. */
const costs = [1600, 800, 400, 200, 100];
const days = 14;
const daySeconds = dayMillis / 1000;
/** The whole fortnight. */
export const whole = { since: at(0), until: at(days * daySeconds) };

export interface History {
  readonly runs: readonly AnswerRun[];
  /** `run/job` of every flake that happened. */
  readonly flakes: ReadonlySet<string>;
}

/** Makes two weeks of a project. Each decision is recorded in `flakes` when it is made, before any row exists. */
export function simulateFortnight(seed: number, provider: Provider, runsPerDay = 4): History {
  const random = randomFrom(seed);
  const runs: AnswerRun[] = [];
  const flakes = new Set<string>();
  const attempt = (number: number) => (provider === "github" ? { attempt: number } : {});
  const outageRun = 20;
  const brokenFromRun = 2 * runsPerDay;

  for (let id = 1; id <= days * runsPerDay; id++) {
    const begin = ((id - 1) * daySeconds) / runsPerDay;
    const jobs: AnswerJob[] = [];
    for (const name of names) {
      const seconds = costs[flakyNames.indexOf(name)] ?? 60;
      const first = { queued: begin, started: begin + 5, finished: begin + 5 + seconds };
      const again = { queued: begin + 3000, started: begin + 3010, finished: begin + 3010 + seconds };
      const isBroken = brokenNames.includes(name) && id >= brokenFromRun;
      const isFlaky = flakyNames.indexOf(name) === (id + seed) % flakyNames.length;
      if (id === outageRun) {
        jobs.push(makeJob(name, "error", first, attempt(1)), makeJob(name, "success", again, attempt(2)));
      } else if (isBroken) {
        jobs.push(makeJob(name, "failure", first, attempt(1)));
        if (random() < 0.3) jobs.push(makeJob(name, "failure", again, attempt(2)));
      } else if (isFlaky) {
        flakes.add(`${id}/${name}`);
        jobs.push(makeJob(name, "failure", first, attempt(1)), makeJob(name, "success", again, attempt(2)));
      } else {
        jobs.push(makeJob(name, "success", first, attempt(1)));
        // Somebody repeats a green job; and the other job of a matrix fails beside the one that passed.
        if (matrixNames.includes(name)) {
          if (random() < 0.3) jobs.push(makeJob(name, "failure", first, attempt(1)));
        } else if (random() < 0.05) jobs.push(makeJob(name, "success", again, attempt(2)));
      }
    }
    runs.push(makeRun(id, jobs, { provider }));
  }
  return { runs: [...runs, ...simulateMerges(provider)], flakes };
}

/** A merge request whose merge fails until its target branch changes: the head stays, the code that is tested does not. */
function simulateMerges(provider: Provider): AnswerRun[] {
  return [5, 8, 11].flatMap((day) => {
    const more = {
      provider,
      refKind: "merge_request",
      ref: "topic",
      sha: `head ${day}`,
      defaultBranch: false,
    } as const;
    const [before, after] = [day * daySeconds, (day + 1) * daySeconds];
    return [
      makeRun(1000 + day, [makeJob("job 20", "failure", { queued: before }, { attempt: 1 })], more),
      makeRun(2000 + day, [makeJob("job 20", "success", { queued: after }, { attempt: 1 })], more),
    ];
  });
}
