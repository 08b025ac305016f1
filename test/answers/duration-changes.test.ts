import { expect } from "chai";
import { findChangePoints } from "../../src/answers/change-points.ts";
import { findDurationChanges } from "../../src/answers/duration-changes.ts";
import { replaceOutliers } from "../../src/answers/outliers.ts";
import { randomFrom } from "../support/random.ts";

const stepAt = 120;
const seeds = Array.from({ length: 300 }, (_, i) => i + 1);

interface Simulated {
  readonly runs: number;
  /** The spread of the logarithms. */
  readonly sigma: number;
  /** What durations are multiplied by from run `stepAt` on. */
  readonly step?: number;
}

/** Durations around 300 s, spread log-normally and cut to seconds; 2 % are outliers of 1.6 to 4.5 times as much. */
function simulateDurations(seed: number, { runs, sigma, step = 1 }: Simulated): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: runs }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const outlier = random() < 0.02 ? 1.6 + 2.9 * random() : 1;
    return Math.floor(300 * Math.exp(sigma * normal) * outlier * (i >= stepAt ? step : 1));
  });
}

/** The share of simulated histories whose step is found `after` runs later, at most five runs away from where it was. */
function measureFound(after: number, sigma: number, step: number): number {
  const found = seeds.filter((seed) =>
    findDurationChanges(simulateDurations(seed, { runs: stepAt + after, sigma, step })).some(
      ({ index }) => Math.abs(index - stepAt) <= 5,
    ),
  );
  return found.length / seeds.length;
}

describe("changes of a duration", () => {
  for (const sigma of [0.1, 0.2]) {
    it(`are found at most 0.1 times in 200 runs without any, where durations spread by ${sigma}`, () => {
      const found = seeds.flatMap((seed) => findDurationChanges(simulateDurations(seed, { runs: 200, sigma })));

      expect(found.length / seeds.length).to.be.at.most(0.1);
    });
  }

  it("of 25 % are found within 12 runs in at least 95 % of histories, where durations spread by 0.1", () => {
    expect(measureFound(12, 0.1, 1.25)).to.be.at.least(0.95);
  });

  it("are found when something became faster as well", () => {
    expect(measureFound(12, 0.1, 0.8)).to.be.at.least(0.9);
  });

  it("have the first run of the new level, and the medians of both levels", () => {
    const series = Array.from({ length: 60 }, (_, i) => (i < 40 ? 100 : 150) + (i % 5));

    const [change, ...others] = findDurationChanges(series);

    expect(others).to.deep.equal([]);
    expect(change).to.include({ index: 40, before: 102, after: 152 });
    expect(change?.p).to.be.below(1e-20);
  });

  it("are not reported below 10 % or below 10 s", () => {
    const stepped = (from: number, to: number) => Array.from({ length: 80 }, (_, i) => (i < 40 ? from : to) + (i % 3));

    expect(findDurationChanges(stepped(1000, 1090))).to.deep.equal([]);
    expect(findDurationChanges(stepped(1000, 1110))).to.have.length(1);
    expect(findDurationChanges(stepped(20, 29))).to.deep.equal([]);
    expect(findDurationChanges(stepped(20, 31))).to.have.length(1);
  });

  it("are several where there are several", () => {
    const levels = [100, 160, 110];
    const series = levels.flatMap((level) => Array.from({ length: 30 }, (_, i) => level + ((i * 7) % 11)));

    expect(findDurationChanges(series).map(({ index }) => index)).to.deep.equal([30, 60]);
  });

  it("are not seen in a few values", () => {
    const series = (after: number) => Array.from({ length: 40 + after }, (_, i) => (i < 40 ? 100 : 200) + (i % 2));

    expect(findDurationChanges(series(3))).to.deep.equal([]);
    expect(findDurationChanges(series(8)).map(({ index }) => index)).to.deep.equal([40]);
    for (const length of [0, 1, 2, 9]) {
      expect(findChangePoints(series(8).slice(0, length), 0.001), `${length} values`).to.deep.equal([]);
    }
  });
});

describe("outliers", () => {
  it("are replaced by the median of their neighbours; the other values stay", () => {
    const series = [10, 11, 12, 11, 10, 95, 11, 12, 10, 11, 12, 11, 10, 11, 12];

    expect(replaceOutliers(series)).to.deep.equal(series.with(5, 11));
  });
});
