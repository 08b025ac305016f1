import { expect } from "chai";
import { assert, double, integer, property } from "fast-check";
import { computeWilsonLower } from "../../src/answers/wilson.ts";

/**
 * The bound by its definition, without the closed formula: the least p for which `hits` of `all` lies within z standard
 * errors. It is found by bisection, because the distance falls from 0 to hits / all.
 */
function bisectLower(hits: number, all: number): number {
  const share = hits / all;
  let [low, high] = [0, share];
  for (let step = 0; step < 200; step++) {
    const p = (low + high) / 2;
    if (share - p > 1.96 * Math.sqrt((p * (1 - p)) / all)) low = p;
    else high = p;
  }
  return (low + high) / 2;
}

describe("Wilson's lower bound", () => {
  it("is that of its definition to a billionth", () => {
    assert(
      property(integer({ min: 1, max: 100_000 }), double({ min: 0, max: 1, noNaN: true }), (all, part) => {
        const hits = Math.round(all * part);
        expect(computeWilsonLower(hits, all)).to.be.closeTo(bisectLower(hits, all), 1e-9);
      }),
    );
  });

  it("has values that are in tables", () => {
    // By hand, exactly: 1 of 1 is 1 / (1 + z²), and 5 of 10 is 1/2 - z / 2 / sqrt(10 + z²).
    expect(computeWilsonLower(1, 1)).to.be.closeTo(1 / (1 + 1.96 ** 2), 1e-12);
    expect(computeWilsonLower(5, 10)).to.be.closeTo(0.5 - 1.96 / 2 / Math.sqrt(10 + 1.96 ** 2), 1e-12);
    expect(computeWilsonLower(0, 10)).to.equal(0);
    expect(computeWilsonLower(0, 0)).to.equal(0);
  });
});
