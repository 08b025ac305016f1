import { expect } from "chai";
import type { PartialKey } from "../../src/core/store/db/partial-answers.ts";
import { createStateCache } from "../../src/core/store/db/state-cache.ts";

const makeKey = (hour: number, more: Partial<PartialKey> = {}): PartialKey => {
  return { answer: "waste", hours: 24, hour, runs: 10, moments: 500, ...more };
};

describe("states of partial answers in memory", () => {
  it("are found by their answer, hours and runs, and not after these have changed", () => {
    const cache = createStateCache();
    const state = { days: [1, 2] };
    cache.keep(makeKey(24), state, 10);

    expect(cache.find(makeKey(24))).to.equal(state);
    for (const other of [{ answer: "flaky" }, { hours: 1 }, { hour: 48 }, { runs: 11 }, { moments: 501 }])
      expect(cache.find(makeKey(24, other)), JSON.stringify(other)).to.equal(undefined);

    const newer = { days: [1, 2, 3] };
    cache.keep(makeKey(24, { runs: 11 }), newer, 10);
    expect(cache.find(makeKey(24, { runs: 11 }))).to.equal(newer);
    expect(cache.find(makeKey(24))).to.equal(undefined);
  });

  it("are at most as long as the limit together: those that were not used for longest go first", () => {
    const cache = createStateCache(30);
    for (const hour of [0, 24, 48]) cache.keep(makeKey(hour), hour, 10);
    cache.find(makeKey(0));
    cache.keep(makeKey(72), 72, 15);

    expect([0, 24, 48, 72].map((hour) => cache.find(makeKey(hour)))).to.deep.equal([0, undefined, undefined, 72]);

    cache.keep(makeKey(96), 96, 31);
    expect([0, 24, 48, 72, 96].map((hour) => cache.find(makeKey(hour)))).to.deep.equal(Array(5).fill(undefined));
  });
});
