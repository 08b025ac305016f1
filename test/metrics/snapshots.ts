import {
  bucketCount,
  durationBuckets,
  metricKeys,
  storedMetrics,
  type MetricKey,
  type StoredMetric,
} from "../../src/core/stored-metrics.ts";
import type { LedgerSnapshot, RollupRow } from "../../src/core/snapshot.ts";
import { findBucket } from "../../src/core/increment.ts";

export const emptySnapshot: LedgerSnapshot = {
  rollups: [],
  active: [],
  redBranches: [],
  lastDeliveries: [],
  deadLetters: [],
};

/** 2026-11-20T12:00:00.250Z: a moment whose fraction must survive. */
export const moment = Date.UTC(2026, 10, 20, 12, 0, 0, 250);

export function counterRow(
  metric: MetricKey,
  labels: readonly string[],
  count: number,
  rest?: Partial<RollupRow>,
): RollupRow {
  return { metric, labels, count, sum: 0, buckets: [], createdAt: moment, exemplar: null, ...rest };
}

/** A histogram row as it is after these observations. */
export function histogramRow(
  metric: MetricKey,
  labels: readonly string[],
  observed: readonly number[],
  rest?: Partial<RollupRow>,
): RollupRow {
  const buckets = Array<number>(bucketCount).fill(0);
  for (const seconds of observed) {
    const index = findBucket(seconds, durationBuckets);
    buckets[index] = (buckets[index] ?? 0) + 1;
  }
  const sum = observed.reduce((total, seconds) => total + seconds, 0);
  return { metric, labels, count: observed.length, sum, buckets, createdAt: moment, exemplar: null, ...rest };
}

const shop = ["gitlab", "acme/shop", "acme/shop"];
const tricky = ["jenkins", 'folder\\"quoted"', "two\nlines"];
const url = "https://gitlab.example.com/acme/shop/-/pipelines/4711";

/** A ledger with one of everything: kinds of metrics, exemplars, escapes, active runs, sources with and without dead letters. */
export const smallSnapshot: LedgerSnapshot = {
  rollups: [
    counterRow("jobs", [...shop, "test", "rspec 1/2", "test", "success"], 2),
    counterRow("jobSeconds", [...shop, "linux", "useful"], 12_345),
    counterRow("overflow", ["cicd_job_runs_total"], 0),
    counterRow("restarts", shop, 1),
    histogramRow("runDuration", [...shop, "true", "success"], [0.5, 61.125, 100_000], {
      exemplar: { run: "4711", url, at: moment + 61_125, seconds: 61.125 },
    }),
    counterRow("runs", [...shop, "false", "success"], 1, {
      exemplar: { run: "4712", url: "javascript:alert(1)", at: moment + 90_000, seconds: null },
    }),
    counterRow("runs", [...shop, "true", "failure"], 0),
    counterRow("runs", [...shop, "true", "success"], 3, {
      exemplar: { run: "4711", url, at: moment + 61_125, seconds: null },
    }),
    counterRow("runs", [...tricky, "unknown", "error"], 1, {
      exemplar: { run: 'job "a\\b"\n#1', url: null, at: moment, seconds: null },
    }),
  ],
  active: [{ provider: "gitlab", project: "acme/shop", pipeline: "acme/shop", state: "executing", count: 2 }],
  redBranches: [{ labels: shop, since: moment - 3_600_000 }],
  lastDeliveries: [
    { source: "gitlab", at: moment + 62_000 },
    { source: "jenkins", at: moment },
  ],
  deadLetters: [{ source: "jenkins", count: 4 }],
};

/** The stored metrics that have a name of their own; those of the older tools are named by their senders. */
export const namedMetrics = metricKeys.filter((key) => {
  const { dynamic }: StoredMetric = storedMetrics[key];
  return dynamic === undefined;
});

/** A ledger in which no family is empty. */
export const everyMetric: LedgerSnapshot = {
  ...smallSnapshot,
  rollups: namedMetrics.map((metric) => {
    const { labels, type } = storedMetrics[metric];
    return type === "histogram" ? histogramRow(metric, labels, [1, 90, 4000.5]) : counterRow(metric, labels, 3);
  }),
  lastDeliveries: [{ source: "gitlab", at: moment }],
};
