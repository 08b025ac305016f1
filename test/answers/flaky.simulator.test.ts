import { expect } from "chai";
import { assert, constantFrom, integer, property } from "fast-check";
import type { AnswerRun } from "../../src/answers/answer.ts";
import { createFlakyAnswer } from "../../src/answers/flaky.ts";
import { answer } from "../support/model/answer-runs.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { brokenNames, flakyNames, simulateFortnight, whole, type Provider } from "./simulate-fortnight.ts";

function find(runs: readonly AnswerRun[]) {
  return answer(createFlakyAnswer(whole), runs);
}

describe("flaky jobs of a simulated fortnight", () => {
  for (const provider of ["gitlab", "github"] as const) {
    it(`are those that were made flaky, and no others: ${provider}`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const { runs, flakes } = simulateFortnight(seed, provider);
        const { items } = find(runs);
        const found = items.flatMap(({ jobName, flakes: count, runIds }) => {
          expect(runIds.slice(0, count)).to.have.length(count);
          return count === 0 ? [] : runIds.map((id) => `${id}/${jobName}`);
        });

        expect(flakes.size, "flakes that happened").to.be.above(30);
        expect(found, `seed ${seed}`).to.have.members([...flakes]);
        const states = new Map(items.map(({ jobName, state }) => [jobName, state]));
        expect(flakyNames.map((name) => states.get(name))).to.deep.equal(flakyNames.map(() => "flaky"));
        expect(brokenNames.map((name) => states.get(name))).to.deep.equal(brokenNames.map(() => "broken"));
        expect(states.size).to.equal(8);
        const top = items.slice(0, 5).map(({ jobName }) => jobName);
        expect(top, "the most expensive first").to.deep.equal(flakyNames);
      }
    });
  }

  it("are the same in every order of runs and jobs", () => {
    assert(
      property(integer(), constantFrom<Provider>("gitlab", "github"), (seed, provider) => {
        const { runs } = simulateFortnight(3, provider);
        const random = randomFrom(seed);
        const mixed = shuffled(runs, random).map((run) => ({ ...run, jobs: shuffled(run.jobs, random) }));

        expect(find(mixed)).to.deep.equal(find(runs));
      }),
      { numRuns: 20 },
    );
  });
});
