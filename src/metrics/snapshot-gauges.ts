import { foldedValue } from "../core/fold-series.ts";
import type { LedgerSnapshot } from "../core/snapshot.ts";
import { snapshotMetrics, storedMetrics, type StoredMetric } from "./definitions.ts";
import { createLabelWriter, renderGauge } from "./family.ts";
import type { Format } from "./format.ts";
import { shownStates } from "../core/states.ts";
import { cutLabel } from "../core/series.ts";

const activeStates = shownStates.filter((state) => state !== "finished");
const pipelineText = createLabelWriter(snapshotMetrics.active.labels.slice(0, 3));
const completionText = createLabelWriter(snapshotMetrics.lastCompletion.labels);
const sourceText = createLabelWriter(["source"]);
const metricText = createLabelWriter(["metric"]);

/** The gauges of a snapshot that was read, in the order of their definitions. */
export function* renderGauges(snapshot: LedgerSnapshot, format: Format): Generator<string> {
  yield renderGauge(snapshotMetrics.active, countActive(snapshot), format);
  yield renderGauge(snapshotMetrics.lastCompletion, listLastCompletions(snapshot), format);
  yield renderGauge(snapshotMetrics.redSince, listRedBranches(snapshot), format);
  yield renderGauge(snapshotMetrics.lastDelivery, listLastDeliveries(snapshot), format);
  yield renderGauge(snapshotMetrics.deadLetters, countDeadLetters(snapshot), format);
  yield renderGauge(snapshotMetrics.rollupSeries, rollupSeries(snapshot), format);
  yield renderCollectorSuccess(true, format);
}

/** 1 when the ledger was read; distinguishes an empty ledger from an unreadable one. */
export function renderCollectorSuccess(success: boolean, format: Format): string {
  return renderGauge(snapshotMetrics.collectorSuccess, new Map([["", success ? 1 : 0]]), format);
}

/**
 * Active runs per pipeline and state, also those with 0. Only pipelines that have stored series get their own;
 * the rest is counted as `__other__`, of its project where that has such a series, so that a flood of new names cannot pass the series budget through a gauge.
 */
function countActive({ rollups, active: rows }: LedgerSnapshot): Map<string, number> {
  const series = new Map<string, number>();
  const key = (pipeline: string, state: string) => `${pipeline},state="${state}"`;
  const show = (pipeline: string) => {
    for (const state of activeStates) {
      const text = key(pipeline, state);
      if (!series.has(text)) series.set(text, 0);
    }
  };
  let shown: readonly string[] = [];
  for (const { metric, labels } of rollups) {
    // Rows are sorted, and a pipeline has a dozen of them.
    if (metric !== "runs" || (labels[2] === shown[2] && labels[1] === shown[1] && labels[0] === shown[0])) continue;
    show(pipelineText(labels));
    shown = labels;
  }
  for (const { provider, project, pipeline, state, count } of rows) {
    const own = pipelineText([provider, cutLabel(project), cutLabel(pipeline)]);
    const ofProject = pipelineText([provider, cutLabel(project), foldedValue]);
    const ofAll = pipelineText([provider, foldedValue, foldedValue]);
    const text = [own, ofProject].find((one) => series.has(key(one, state))) ?? ofAll;
    show(text);
    add(series, key(text, state), count);
  }
  return series;
}

/** The newest exemplar of each pipeline and result, whichever branch it was on. */
function listLastCompletions({ rollups }: LedgerSnapshot): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { metric, labels, exemplar } of rollups) {
    if (metric !== "runs" || exemplar === null) continue;
    const [provider = "", project = "", pipeline = "", , result = ""] = labels;
    raise(newest, completionText([provider, project, pipeline, result]), exemplar.at / 1000);
  }
  return newest;
}

function listRedBranches({ redBranches }: LedgerSnapshot): Map<string, number> {
  return new Map(redBranches.map(({ labels, since }) => [pipelineText(labels), since / 1000]));
}

function listLastDeliveries(snapshot: LedgerSnapshot): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { source, at } of snapshot.lastDeliveries) raise(newest, sourceText([source]), at / 1000);
  return newest;
}

/** A source with deliveries has the value 0, so that its first dead letter is a change that an alert can see. */
function countDeadLetters(snapshot: LedgerSnapshot): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { source } of snapshot.lastDeliveries) counts.set(sourceText([source]), 0);
  for (const { source, count } of snapshot.deadLetters) add(counts, sourceText([source]), count);
  return counts;
}

/** Every metric from 0 on; those of the older tools, which most ledgers never hold, once there are any. */
function rollupSeries({ rollups }: LedgerSnapshot): Map<string, number> {
  const stored = new Map<string, number>();
  for (const { metric } of rollups) stored.set(metric, (stored.get(metric) ?? 0) + 1);
  const series = new Map<string, number>();
  for (const [key, { name, dynamic }] of Object.entries<StoredMetric>(storedMetrics)) {
    if (dynamic === undefined || stored.has(key)) series.set(metricText([name]), stored.get(key) ?? 0);
  }
  return series;
}

function add(series: Map<string, number>, labels: string, value: number): void {
  series.set(labels, (series.get(labels) ?? 0) + value);
}

function raise(series: Map<string, number>, labels: string, value: number): void {
  series.set(labels, Math.max(series.get(labels) ?? -Infinity, value));
}
