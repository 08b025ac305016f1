import { expect } from "chai";
import { bucketCount, durationBuckets, storedMetrics, type StoredMetric } from "../../src/core/stored-metrics.ts";

const metrics = Object.values<StoredMetric>(storedMetrics);

describe("stored metrics", () => {
  it("have unique names, spelled as their type demands", () => {
    const names = metrics.map(({ name }) => name);

    expect(new Set(names).size).to.equal(names.length);
    // An older tool's names are what they always were.
    const own = metrics.filter(({ dynamic }) => dynamic !== true);
    expect(own).to.have.length.above(5);
    for (const { name, type } of own) expect(name).to.match(type === "counter" ? /_total$/ : /_seconds$/);
  });

  it("have buckets that ascend from a second to a day, and fit a stored row", () => {
    expect([...durationBuckets]).to.deep.equal([...durationBuckets].toSorted((a, b) => a - b));
    expect([durationBuckets[0], durationBuckets.at(-1), durationBuckets.length + 1]).to.deep.equal([
      1,
      86_400,
      bucketCount,
    ]);
    for (const metric of metrics) expect(metric.buckets?.length ?? 0).to.be.below(bucketCount);
  });
});
