import { expect } from "chai";
import { foldSeries, foldSeriesInProject, foldedLabels } from "../../src/core/fold-series.ts";
import { joinLabels, splitLabels } from "../../src/core/series.ts";
import { storedMetrics, type MetricKey, type StoredMetric } from "../../src/core/stored-metrics.ts";

const metrics = Object.entries<StoredMetric>(storedMetrics) as [MetricKey, StoredMetric][];

describe("fold series", () => {
  it("folds exactly the labels that hold senders' text", () => {
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
});
