import { metricKeys, storedMetrics, type MetricKey, type StoredMetric } from "../core/stored-metrics.ts";

/** Metrics whose totals are in the database, such as `cicd_pipeline_runs_total`: core counts them, so they are defined there. */
export { metricKeys, storedMetrics, type MetricKey, type StoredMetric };

/** A metric as `/metrics` shows it. `name` is the name of the text format: counters end in `_total`. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds, without `+Inf`; for histograms. */
  readonly buckets?: readonly number[];
  /** Counters whose rows hold milliseconds. */
  readonly unit?: "millis";
  /**
   * Bounds are written as whole numbers in OpenMetrics too (`le="60"`), as an older tool always did and its dashboards ask.
   * https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers: SHOULD, and parsers must take it.
   */
  readonly plainBounds?: boolean;
}

/** What became of a delivery; every configured source shows all of them from the start. */
export const receivedOutcomes = [
  "accepted",
  "duplicate",
  "ignored",
  "dead_letter",
  "unauthorized",
  "too_large",
  "unsupported",
  "unavailable",
] as const;
export type ReceivedOutcome = (typeof receivedOutcomes)[number];

/** Times `ahead` of ours were kept, or `dropped`; a signature was `stale`. */
export const clockKinds = ["ahead", "dropped", "stale"] as const;
export type ClockKind = (typeof clockKinds)[number];

/** Gauges that follow from the rows of a snapshot: nothing of them is stored as a total. */
export const snapshotMetrics = {
  active: {
    name: "cicd_pipeline_run_active",
    type: "gauge",
    help: "Runs that have not reached a result yet.",
    labels: ["provider", "project", "pipeline", "state"],
  },
  lastCompletion: {
    name: "cicd_pipeline_last_completion_timestamp_seconds",
    type: "gauge",
    help: "When a run of the pipeline last reached the result, in Unix time.",
    labels: ["provider", "project", "pipeline", "result"],
  },
  redSince: {
    name: "cicd_default_branch_red_since_timestamp_seconds",
    type: "gauge",
    help: "When the default branch became red, in Unix time; absent while it is green.",
    labels: ["provider", "project", "pipeline"],
  },
  lastDelivery: {
    name: "pipegauge_last_delivery_timestamp_seconds",
    type: "gauge",
    help: "When the source last delivered something, in Unix time.",
    labels: ["source"],
  },
  deadLetters: {
    name: "pipegauge_dead_letters",
    type: "gauge",
    help: "Stored deliveries that were genuine but not understood.",
    labels: ["source"],
  },
  rollupSeries: {
    name: "pipegauge_rollup_series",
    type: "gauge",
    help: "Stored series of a metric; past the configured budget new ones are folded.",
    labels: ["metric"],
  },
  collectorSuccess: {
    name: "pipegauge_collector_success",
    type: "gauge",
    help: "1 if the run data of this scrape could be read from the database, 0 if they are left out.",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

/** What one process counts of itself, from its start; prom-client adds `process_*` and `nodejs_*`. */
export const processMetrics = {
  deliveries: {
    name: "pipegauge_deliveries_total",
    type: "counter",
    help: "Deliveries received, by what became of them.",
    labels: ["source", "outcome"],
  },
  clockAnomalies: {
    name: "pipegauge_clock_anomalies_total",
    type: "counter",
    help: "Deliveries whose times contradict this server's clock.",
    labels: ["source", "kind"],
  },
  deliverySeconds: {
    name: "pipegauge_delivery_seconds",
    type: "histogram",
    help: "Time from the arrival of a delivery to its acknowledgement.",
    labels: [],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  ledgerQueue: {
    name: "pipegauge_ledger_queue",
    type: "gauge",
    help: "Deliveries that wait for the transaction which will store them.",
    labels: [],
  },
  bodyBytes: {
    name: "pipegauge_body_bytes",
    type: "gauge",
    help: "Bytes of request bodies that are being received or wait to be stored.",
    labels: [],
  },
  secretUses: {
    name: "pipegauge_secret_uses_total",
    type: "counter",
    help: "Deliveries that proved themselves, by which of the source's secrets, in their order.",
    labels: ["source", "secret_index"],
  },
  untimedUses: {
    name: "pipegauge_template_uses_untimed_total",
    type: "counter",
    help: "Uses of templates that were counted without a duration, by what was wrong with their start.",
    labels: ["started"],
  },
  seriesLimit: {
    name: "pipegauge_rollup_series_limit",
    type: "gauge",
    help: "Series that each metric has room for.",
    labels: [],
  },
  buildInfo: {
    name: "pipegauge_build_info",
    type: "gauge",
    help: "Always 1; the labels tell what is running.",
    labels: ["version", "node_version"],
  },
  requests: {
    name: "server_requests_total",
    type: "counter",
    help: "Total requests made to the server",
    labels: ["status"],
  },
  exporterRequests: {
    name: "server_exporter_requests_total",
    type: "counter",
    help: "Total requests made to exporters",
    labels: ["path", "status"],
  },
  exporterSeconds: {
    name: "server_exporter_seconds_total",
    type: "counter",
    help: "Total time spent handling exporters",
    labels: ["path"],
  },
  uptime: {
    name: "server_uptime_seconds_total",
    type: "counter",
    help: "Server uptime, in seconds",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

/** Every metric under a fixed name, in the order in which docs/metrics.md and the exposition show them. */
export const metricDefinitions: readonly MetricDefinition[] = [
  ...Object.values<StoredMetric>(storedMetrics).filter(({ dynamic }) => dynamic === undefined),
  ...Object.values(snapshotMetrics),
  ...Object.values(processMetrics),
];
