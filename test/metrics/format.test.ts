import { expect } from "chai";
import { storedMetrics } from "../../src/core/stored-metrics.ts";
import { metricDefinitions } from "../../src/metrics/definitions.ts";
import { formatBound, formatDecimal, escapeHelp, escapeLabel, formatSeconds } from "../../src/metrics/format.ts";

describe("numbers and texts of the exposition", () => {
  it("writes thresholds in OpenMetrics as its canonical numbers", () => {
    const canonical = [
      "0.0 0.001 0.002 0.01 0.1 0.9 0.95 0.99 0.999 1.0 1.7 10.0",
      "1e-10 1e-09 1e-05 0.0001 0.1 1.0 100000.0 1e+06 1e+10 +Inf 86400.0 1.5e-05 1.234567e+06",
    ].flatMap((line) => line.split(" "));

    expect(
      canonical.map((text) => formatBound(text === "+Inf" ? Infinity : Number(text), "openmetrics")),
    ).to.deep.equal(canonical);
  });

  it("writes thresholds in the text format plainly", () => {
    expect([0.005, 1, 2.5, 86_400, Infinity].map((value) => formatBound(value, "text"))).to.deep.equal([
      "0.005",
      "1",
      "2.5",
      "86400",
      "+Inf",
    ]);
  });

  it("writes values in the shortest form that reads back the same", () => {
    const written = [0, 42, 2 ** 53 - 1, 0.1, 61.125, 1e21, 5e-324, NaN, Infinity, -Infinity].map(formatDecimal);

    expect(written).to.deep.equal([
      "0",
      "42",
      "9007199254740991",
      "0.1",
      "61.125",
      "1e+21",
      "5e-324",
      "NaN",
      "+Inf",
      "-Inf",
    ]);
  });

  it("writes moments as seconds with their milliseconds", () => {
    expect([1_795_176_000_250, 1_795_176_000_001, 1_795_176_000_000].map(formatSeconds)).to.deep.equal([
      "1795176000.25",
      "1795176000.001",
      "1795176000",
    ]);
  });

  it("escapes what ends a value and replaces what no parser takes", () => {
    expect(escapeLabel('a"b\\c\nd')).to.equal('a\\"b\\\\c\\nd');
    expect(escapeLabel("a\u0000b\u001f\r\td\ud800e")).to.equal("a\ufffdb\ufffd\ufffd\ufffdd\ufffde");
    expect(escapeLabel("é 😀 \u007f\u2028")).to.equal("é 😀 \u007f\u2028");
  });

  it("escapes quotes of a help text in OpenMetrics only", () => {
    expect(escapeHelp('say "x"\\\n', "text")).to.equal('say "x"\\\\\\n');
    expect(escapeHelp('say "x"\\\n', "openmetrics")).to.equal('say \\"x\\"\\\\\\n');
  });
});

describe("metric definitions", () => {
  it("have unique names with the suffixes that their types ask for", () => {
    expect(metricDefinitions.length).to.be.greaterThan(Object.keys(storedMetrics).length);
    expect(new Set(metricDefinitions.map(({ name }) => name)).size).to.equal(metricDefinitions.length);
    for (const { name, type, help, labels, buckets } of metricDefinitions) {
      expect(name, name).to.match(/^(?:cicd|pipegauge|server)_[a-z_]+$/);
      expect(name.endsWith("_total"), name).to.equal(type === "counter");
      expect(buckets !== undefined, name).to.equal(type === "histogram");
      // The help texts of server_… are those of the older wrapper.
      expect(help, name).to.match(name.startsWith("server_") ? /\w$/ : /\.$/);
      for (const label of labels)
        expect(label)
          .to.match(/^[a-z_]+$/)
          .and.not.equal("le");
    }
  });
});
