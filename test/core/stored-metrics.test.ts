import { expect } from "chai";
import {
  bucketCount,
  durationBuckets,
  provenMetrics,
  storedMetrics,
  type StoredMetric,
} from "../../src/core/stored-metrics.ts";

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

  it("have histograms of completions whose labels are the first ones of the counter of the same completions", () => {
    const observed = metrics.filter(({ observes }) => observes !== undefined);
    expect(observed).to.have.length.above(3);
    for (const { name, type, labels, provenBy } of observed) {
      expect(type, name).to.equal("histogram");
      const counters = metrics.filter((other) => other.type === "counter" && other.provenBy === provenBy);
      expect(counters, name).to.have.length(1);
      expect(counters[0]?.labels.slice(0, labels.length), name).to.deep.equal(labels);
    }
    // A completion of a run names the series of its histogram by one id a time.
    const ofRuns = observed.flatMap(({ provenBy, observes }) => (provenBy === "runCompletion" ? [observes] : []));
    expect(ofRuns).to.have.members(["duration", "queue"]);
  });

  it("are checked by rebuild where stored facts prove them, which are all of our own but what counts folded series", () => {
    const proven: readonly StoredMetric[] = provenMetrics.map((metric) => storedMetrics[metric]);
    const others = metrics.filter((metric) => !proven.includes(metric));

    expect(others.filter(({ dynamic }) => dynamic === undefined)).to.deep.equal([
      storedMetrics.overflow,
      storedMetrics.projectOverflow,
    ]);
  });
});
