import type { RollupRow } from "../core/snapshot.ts";
import { metricKeys, storedMetrics, type MetricDefinition, type MetricKey, type StoredMetric } from "./definitions.ts";
import { renderExemplar } from "./exemplar.ts";
import { wrapInBraces, getCounterSample, getFamilyName, renderHeader, createLabelWriter } from "./family.ts";
import { formatBound, formatDecimal, formatSeconds, type Format } from "./format.ts";
import { renderHistograms, type Chunk, type HistogramShape, type Linked } from "./histogram-text.ts";
import { findBucket } from "../core/increment.ts";

/** The stored totals as text, in the order of their definitions. The hot path of a scrape: see bench/exposition.ts. */
export function* renderRollups(rows: readonly RollupRow[], format: Format): Generator<Chunk> {
  const byMetric = new Map<MetricKey, RollupRow[]>();
  for (const row of rows) {
    const of = byMetric.get(row.metric);
    if (of === undefined) byMetric.set(row.metric, [row]);
    else of.push(row);
  }
  for (const key of metricKeys) {
    const of = byMetric.get(key);
    const metric: StoredMetric = storedMetrics[key];
    if (of !== undefined && metric.dynamic === undefined) yield* renderFamily(metric, of, format);
  }
}

/** One family of stored series, whatever its name. */
export function* renderFamily(metric: MetricDefinition, rows: readonly RollupRow[], format: Format): Generator<Chunk> {
  const series = mergeRows(metric, rows);
  yield renderHeader(metric, format);
  if (metric.buckets === undefined) yield* renderCounters(series, metric, format);
  else yield* renderHistograms(series, createHistogramShape(metric, format));
}

/** Series in one piece of text. */
const pieceSeries = 2000;

function* renderCounters(
  series: ReadonlyMap<string, RollupRow>,
  metric: MetricDefinition,
  format: Format,
): Generator<string> {
  const isSeconds = metric.unit === "millis";
  const total = getCounterSample(metric.name, format);
  const created = `${getFamilyName(metric, format)}_created`;
  let lines: string[] = [];
  for (const [labels, row] of series) {
    if (lines.length === pieceSeries) {
      yield lines.join("");
      lines = [];
    }
    const set = wrapInBraces(labels);
    const line = `${total}${set} ${formatDecimal(isSeconds ? row.count / 1000 : row.count)}`;
    if (format === "text") {
      lines.push(`${line}\n`);
    } else {
      const exemplar = row.exemplar === null ? "" : renderExemplar(row.exemplar, 1);
      lines.push(`${line}${exemplar}\n${created}${set} ${formatSeconds(row.createdAt)}\n`);
    }
  }
  yield lines.join("");
}

const unlinked: Linked = { bucket: -1, text: "" };

function createHistogramShape(metric: MetricDefinition, format: Format): HistogramShape {
  const { name, buckets: bounds = [], plainBounds } = metric;
  return {
    opening: (labels) => `${name}_bucket{${labels}${labels === "" ? "" : ","}`,
    endings: [...bounds, Infinity].map((upper) => `le="${formatBound(upper, plainBounds ? "text" : format)}"} `),
    exemplar(row) {
      const bucket = format === "openmetrics" ? findLinkedBucket(row, bounds) : -1;
      if (bucket < 0 || row.exemplar === null) return unlinked;
      return { bucket, text: renderExemplar(row.exemplar, row.exemplar.seconds ?? 0) };
    },
    // The count is the sum of the buckets: a parser rejects a histogram whose count differs from `+Inf`.
    closing(labels, row, count) {
      const set = wrapInBraces(labels);
      const text = `${name}_sum${set} ${formatDecimal(row.sum)}\n${name}_count${set} ${formatDecimal(count)}\n`;
      return format === "text" ? text : `${text}${name}_created${set} ${formatSeconds(row.createdAt)}\n`;
    },
  };
}

/** The bucket that shows the exemplar: the only one whose range its seconds are in. -1: none. */
function findLinkedBucket({ exemplar, buckets }: RollupRow, bounds: readonly number[]): number {
  if (exemplar === null || exemplar.seconds === null) return -1;
  const index = findBucket(exemplar.seconds, bounds);
  return (buckets[index] ?? 0) > 0 ? index : -1;
}

/** The label texts that were written before: from scrape to scrape a series keeps its labels, and its metric. */
const texts = new WeakMap<RollupRow["labels"], string>();

/** Rows by the text of their labels. Two whose labels became the same are one series, or the whole scrape would fail. */
function mergeRows(metric: MetricDefinition, rows: readonly RollupRow[]): Map<string, RollupRow> {
  const write = createLabelWriter(metric.labels);
  const series = new Map<string, RollupRow>();
  for (const row of rows) {
    const labels = texts.get(row.labels) ?? write(row.labels);
    texts.set(row.labels, labels);
    const other = series.get(labels);
    series.set(labels, other === undefined ? row : addRows(other, row));
  }
  return series;
}

function addRows(a: RollupRow, b: RollupRow): RollupRow {
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    buckets: a.buckets.map((count, i) => count + (b.buckets[i] ?? 0)),
    createdAt: Math.min(a.createdAt, b.createdAt),
    exemplar: (b.exemplar?.at ?? -Infinity) > (a.exemplar?.at ?? -Infinity) ? b.exemplar : a.exemplar,
  };
}
