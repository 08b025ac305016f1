import { expect } from "chai";
import * as fc from "fast-check";
import { storedMetrics } from "../../src/core/stored-metrics.ts";
import { runResults } from "../../src/core/states.ts";
import { listInitialSeries, joinLabels, cutLabel, toSeriesKey, splitLabels } from "../../src/core/series.ts";

describe("series: labels", () => {
  it("come apart as they were joined", () => {
    const value = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\u0001", ""));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        expect(splitLabels(joinLabels(...values))).to.deep.equal(values);
      }),
    );
  });

  it("tell any two series apart", () => {
    const a = toSeriesKey({ metric: "runQueue", labels: joinLabels("gitlab", "a,b", "c") });
    const b = toSeriesKey({ metric: "runQueue", labels: joinLabels("gitlab", "a", "b,c") });

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

describe("series: those that begin at 0", () => {
  it("start every result of a pipeline at 0", () => {
    const series = listInitialSeries({ what: "pipeline", labels: joinLabels("gitlab", "shop", "ci", "true") });

    const pipeline = joinLabels("gitlab", "shop", "ci");
    expect(series).to.deep.equal([
      { metric: "restarts", labels: pipeline },
      { metric: "recovered", labels: pipeline },
      ...runResults.map((result) => ({ metric: "runs", labels: joinLabels(pipeline, "true", result) })),
    ]);
  });

  it("start the results of a job that alerts look at, and its retries", () => {
    const labels = joinLabels("gitlab", "shop", "ci", "test", "check", "test");

    expect(listInitialSeries({ what: "job", labels })).to.deep.equal([
      { metric: "jobRetries", labels },
      { metric: "jobs", labels: joinLabels(labels, "success") },
      { metric: "jobs", labels: joinLabels(labels, "failure") },
    ]);
  });

  it("give each series as many values as its metric has labels", () => {
    const pipeline = joinLabels("gitlab", "shop", "ci", "true");
    const job = joinLabels("gitlab", "shop", "ci", "test", "check", "test");

    for (const { metric, labels } of [
      ...listInitialSeries({ what: "pipeline", labels: pipeline }),
      ...listInitialSeries({ what: "job", labels: job }),
    ]) {
      expect(splitLabels(labels)).to.have.length(storedMetrics[metric].labels.length);
    }
  });
});
