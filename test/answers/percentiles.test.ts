import { expect } from "chai";
import { createHashFilter } from "../../src/answers/hash-filter.ts";
import { hashText } from "../../src/answers/hash-text.ts";
import { computeMedian, pickPercentile, selectPercentile, sortNumbers } from "../../src/answers/percentiles.ts";
import { randomFrom } from "../support/random.ts";

const random = randomFrom(11);
/** Many of one value, few of each, and already in order. */
const lists = Array.from({ length: 120 }, (_, i) => {
  const values = Array.from({ length: i % 60 }, () => Math.floor(random() * (i % 3 === 0 ? 4 : 1000)) / 4);
  return i % 5 === 0 ? values.toSorted((a, b) => a - b) : values;
});

describe("percentiles of values in any order", () => {
  it("are those of the sorted values", () => {
    for (const values of lists) {
      for (const percent of [0, 37, 50, 90, 99.5, 100]) {
        const expected = pickPercentile(sortNumbers(values), percent);
        expect(selectPercentile(Float64Array.from(values), percent), `${percent}: ${values.join()}`).to.deep.equal(
          expected,
        );
      }
      expect(computeMedian(values)).to.deep.equal(pickPercentile(sortNumbers(values), 50));
    }
  });
});

describe("a filter of hashes", () => {
  it("lets all pass that it was made of, and few others", () => {
    const hash = (i: number) => hashText(`commit ${i}`);
    const isPerhaps = createHashFilter(Array.from({ length: 5000 }, (_, i) => hash(i)));
    const others = Array.from({ length: 5000 }, (_, i) => hash(5000 + i)).filter(isPerhaps);

    for (let i = 0; i < 5000; i++) if (!isPerhaps(hash(i))) expect.fail(`commit ${i} does not pass`);
    expect(others.length).to.be.below(250);
  });
});
