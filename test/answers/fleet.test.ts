import { expect } from "chai";
import { countPeak, findLeastRunners, listWaits, scheduleOnRunners, sortByArrival } from "../../src/answers/fleet.ts";
import { finishInSteps } from "../../src/answers/finish-in-steps.ts";
import { pickPercentile } from "../../src/answers/percentiles.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom } from "../support/random.ts";
import { simulateArrivals, simulateStarts, toRunnerJobs } from "./simulate-week.ts";

const runners = 8;
const arrivals = simulateArrivals(randomFrom(8), 10_000, 400);
const starts = simulateStarts(arrivals, runners);

describe("a schedule on runners", () => {
  const recorded = sortByArrival(toRunnerJobs(arrivals, starts, at(0)));

  it("reproduces every start of a week that was simulated second by second with 8 runners", () => {
    const scheduled = scheduleOnRunners(recorded, runners);

    expect([...scheduled.starts]).to.deep.equal(recorded.map(({ startedAt }) => startedAt));
    expect(recorded.some(({ readyAt, startedAt }) => startedAt > readyAt + 60_000)).to.equal(true);
  });

  for (const others of [7, 9, 12]) {
    it(`of the same week on ${others} runners is what the simulation second by second makes`, () => {
      // In the recorded order: of jobs that came and started together the times do not show which one was first.
      const ordered = recorded.map(({ readyAt, startedAt, finishedAt }) => {
        return { at: (readyAt - at(0)) / 1000, seconds: (finishedAt - startedAt) / 1000 };
      });
      const expected = simulateStarts(ordered, others).map((second) => at(second));

      expect([...scheduleOnRunners(recorded, others).starts]).to.deep.equal(expected);
    });
  }

  it("finds the least number of runners for a wait: with one less it is longer", () => {
    for (const [percentile, target] of [
      [50, 0],
      [95, 60],
      [95, 600],
      [100, 0],
    ] as const) {
      const wait = (count: number) =>
        pickPercentile(listWaits(recorded, scheduleOnRunners(recorded, count).starts), percentile);
      const least = finishInSteps(() => findLeastRunners(recorded, percentile, target)).finish();

      expect(wait(least), `${percentile}: ${target} s`).to.be.at.most(target);
      expect(least === 1 ? Infinity : wait(least - 1), `${percentile}: ${target} s`).to.be.above(target);
    }
  });
});

describe("a peak", () => {
  it("is the most intervals that overlap; one that begins when another ends does not", () => {
    const count = (...intervals: (readonly [number, number])[]) =>
      countPeak(
        Float64Array.from(intervals, ([from]) => from),
        Float64Array.from(intervals, ([, to]) => to),
      );

    expect(count()).to.equal(0);
    expect(count([0, 10], [10, 20])).to.equal(1);
    expect(count([0, 10], [9, 20], [5, 9])).to.equal(2);
  });
});
