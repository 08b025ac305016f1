import { expect } from "chai";
import * as fc from "fast-check";
import { foldSeries, foldSeriesInProject, foldedLabels } from "../../src/core/fold-series.ts";
import {
  bucketCount,
  durationBuckets,
  storedMetrics,
  type MetricKey,
  type StoredMetric,
} from "../../src/core/stored-metrics.ts";
import { runResults } from "../../src/core/states.ts";
import { findBucket } from "../../src/core/increment.ts";
import { initialSeries, joinLabels, cutLabel, seriesKey, splitLabels } from "../../src/core/series.ts";

const metrics = Object.entries<StoredMetric>(storedMetrics) as [MetricKey, StoredMetric][];

describe("rollups: labels", () => {
  it("come apart as they were joined", () => {
    const value = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\u0001", ""));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        expect(splitLabels(joinLabels(...values))).to.deep.equal(values);
      }),
    );
  });

  it("tell any two series apart", () => {
    const a = seriesKey({ metric: "runQueue", labels: joinLabels("gitlab", "a,b", "c") });
    const b = seriesKey({ metric: "runQueue", labels: joinLabels("gitlab", "a", "b,c") });

    expect(a).to.not.equal(b);
  });

  it("are bounded, and two long values stay two", () => {
    const long = "x".repeat(10_000);

    expect(cutLabel("x".repeat(128))).to.equal("x".repeat(128));
    expect(cutLabel(long)).to.match(/^x{115}~[0-9a-f]{12}$/);
    expect(cutLabel(`${long}a`)).to.not.equal(cutLabel(`${long}b`));
  });

  it("are well-formed where a long value is cut inside of a character", () => {
    const cut = cutLabel(`${"x".repeat(114)}${"😀".repeat(100)}`);

    expect(cut.isWellFormed()).to.equal(true);
    expect(cut.length).to.be.at.most(128);
  });

  it("are empty for what is not known", () => {
    expect([cutLabel(null), cutLabel(undefined), cutLabel("")]).to.deep.equal(["", "", ""]);
  });
});

describe("rollups: buckets", () => {
  const bounds = durationBuckets;
  const table: readonly [number, number][] = [
    [0, 0],
    [1, 0],
    [1.000_001, 1],
    [59.9, 4],
    [60, 4],
    [86_400, bounds.length - 1],
    [86_400.001, bounds.length],
    [Infinity, bounds.length],
  ];

  for (const [seconds, bucket] of table) {
    it(`${seconds} s falls into bucket ${bucket}`, () => {
      expect(findBucket(seconds, bounds)).to.equal(bucket);
    });
  }

  it("ascend from a second to a day, and fit a stored row", () => {
    expect([...bounds]).to.deep.equal([...bounds].toSorted((a, b) => a - b));
    expect([bounds[0], bounds.at(-1), bounds.length + 1]).to.deep.equal([1, 86_400, bucketCount]);
    for (const [, metric] of metrics) expect(metric.buckets?.length ?? 0).to.be.below(bucketCount);
  });
});

describe("rollups: metrics", () => {
  it("have unique names, spelled as their type demands", () => {
    const names = metrics.map(([, { name }]) => name);

    expect(new Set(names).size).to.equal(names.length);
    // An older tool's names are what they always were.
    const own = metrics.filter(([, { dynamic }]) => dynamic !== true);
    expect(own).to.have.length.above(5);
    for (const [, { name, type }] of own) expect(name).to.match(type === "counter" ? /_total$/ : /_seconds$/);
  });

  it("fold exactly the labels that hold senders' text", () => {
    for (const [metric, { labels }] of metrics) {
      const series = { metric, labels: joinLabels(...labels.map((name) => `some ${name}`)) };

      const values = splitLabels(foldSeries(series).labels);

      expect(values).to.deep.equal(
        labels.map((name) => (foldedLabels.has(name) ? "__other__" : `some ${name}`)),
        metric,
      );
      const inside = splitLabels(foldSeriesInProject(series).labels);
      expect(inside).to.deep.equal(
        values.map((value, i) => (labels[i] === "project" ? "some project" : value)),
        metric,
      );
    }
  });

  it("start every result of a pipeline at 0", () => {
    const series = initialSeries({ what: "pipeline", labels: joinLabels("gitlab", "shop", "ci", "true") });

    const pipeline = joinLabels("gitlab", "shop", "ci");
    expect(series).to.deep.equal([
      { metric: "restarts", labels: pipeline },
      { metric: "recovered", labels: pipeline },
      ...runResults.map((result) => ({ metric: "runs", labels: joinLabels(pipeline, "true", result) })),
    ]);
  });

  it("start the results of a job that alerts look at, and its retries", () => {
    const labels = joinLabels("gitlab", "shop", "ci", "test", "check", "test");

    expect(initialSeries({ what: "job", labels })).to.deep.equal([
      { metric: "jobRetries", labels },
      { metric: "jobs", labels: joinLabels(labels, "success") },
      { metric: "jobs", labels: joinLabels(labels, "failure") },
    ]);
  });

  it("give each series as many values as its metric has labels", () => {
    const pipeline = joinLabels("gitlab", "shop", "ci", "true");
    const job = joinLabels("gitlab", "shop", "ci", "test", "check", "test");

    for (const { metric, labels } of [
      ...initialSeries({ what: "pipeline", labels: pipeline }),
      ...initialSeries({ what: "job", labels: job }),
    ]) {
      expect(splitLabels(labels)).to.have.length(storedMetrics[metric].labels.length);
    }
  });
});
