import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { foldedValue } from "../core/fold-series.ts";
import {
  clockKinds,
  receivedOutcomes,
  processMetrics,
  type ClockKind,
  type MetricDefinition,
  type ReceivedOutcome,
} from "./definitions.ts";
import type { Format } from "./format.ts";
import { renderProcessFamily, type ProcessFamily } from "./process-family.ts";

export interface ProcessMetricsOptions {
  /** The configured sources: the only ones that get series. */
  readonly sources: readonly string[];
  readonly version: string;
  /** Series per metric. */
  readonly seriesMax: number;
  /** The number of deliveries in the ledger's queue; called at each scrape. */
  readonly queueLength: () => number;
  /** The bytes of bodies in memory; called at each scrape. */
  readonly bodyBytes: () => number;
}

/** Metrics of this process; its totals begin at 0 with the process. */
export interface ProcessMetrics {
  /** Counts a delivery, acknowledged `seconds` after it arrived. */
  countDelivery(source: string, outcome: ReceivedOutcome, seconds: number): void;
  /** Deliveries of a source since this process started, by outcome. */
  readDeliveryCounts(source: string): Promise<Readonly<Record<ReceivedOutcome, number>>>;
  /** Counts a delivery by the secret of its source that was used; the first one has index 1. */
  countSecretUse(source: string, index: number): void;
  /** Counts a use of a template without a duration: its start is `unreadable`, in the `future` or too `old`. */
  countUntimedUse(started: "unreadable" | "future" | "old"): void;
  /** Counts a delivery whose times, or whose signature's time, contradict this server's clock. */
  countClockAnomaly(source: string, kind: ClockKind): void;
  /** Counts an HTTP response by status. */
  countResponse(status: number): void;
  /** Counts the response of an exporter at this path, and the seconds that it took. */
  countExporterRequest(path: string, status: number, seconds: number): void;
  /** The process's part of an exposition: whole families, no end mark. */
  render(format: Format): Promise<string>;
}

/** Secrets of a source that get series of their own: a rotation has two, and a file with very many must not make as many series. */
const secretsShown = 9;

/** Gauges of prom-client with a counter's name; the families without the suffix have the same values by kind. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** One registry of its own, never prom-client's global one, so that tests and several servers do not share totals. */
export function createProcessMetrics(options: ProcessMetricsOptions): ProcessMetrics {
  const { sources, version, seriesMax, queueLength, bodyBytes } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const deliveries = new Counter(toConfiguration(processMetrics.deliveries, registry));
  for (const source of sources) for (const outcome of receivedOutcomes) deliveries.inc({ source, outcome }, 0);
  const anomalies = new Counter(toConfiguration(processMetrics.clockAnomalies, registry));
  for (const source of sources) for (const kind of clockKinds) anomalies.inc({ source, kind }, 0);
  const deliverySeconds = new Histogram({
    ...toConfiguration(processMetrics.deliverySeconds, registry),
    buckets: [...processMetrics.deliverySeconds.buckets],
  });
  new Gauge(toConfiguration(processMetrics.seriesLimit, registry)).set(seriesMax);
  const buildInfo = new Gauge(toConfiguration(processMetrics.buildInfo, registry));
  buildInfo.set({ version, node_version: process.version }, 1);
  const requests = new Counter(toConfiguration(processMetrics.requests, registry));
  const exporterRequests = new Counter(toConfiguration(processMetrics.exporterRequests, registry));
  const exporterSeconds = new Counter(toConfiguration(processMetrics.exporterSeconds, registry));
  registerGauge(registry, processMetrics.ledgerQueue, queueLength);
  registerGauge(registry, processMetrics.bodyBytes, bodyBytes);
  const secretUses = new Counter(toConfiguration(processMetrics.secretUses, registry));
  const untimedUses = new Counter(toConfiguration(processMetrics.untimedUses, registry));
  registerUptime(registry);

  const configured = new Set(sources);
  return {
    countDelivery(source, outcome, seconds) {
      // The name of a source that is not configured comes from a sender and must not become a series.
      deliveries.inc({ source: configured.has(source) ? source : foldedValue, outcome });
      if (seconds >= 0) deliverySeconds.observe(seconds);
    },
    async readDeliveryCounts(source) {
      const { values } = await deliveries.get();
      const own = new Map(
        values.flatMap(({ labels, value }) => (labels.source === source ? [[labels.outcome, value]] : [])),
      );
      return Object.fromEntries(receivedOutcomes.map((outcome) => [outcome, own.get(outcome) ?? 0])) as Record<
        ReceivedOutcome,
        number
      >;
    },
    countSecretUse(source, index) {
      secretUses.inc({ source, secret_index: index <= secretsShown ? String(index) : foldedValue });
    },
    countUntimedUse(started) {
      untimedUses.inc({ started });
    },
    countClockAnomaly(source, kind) {
      anomalies.inc({ source: configured.has(source) ? source : foldedValue, kind });
    },
    countResponse(status) {
      requests.inc({ status });
    },
    countExporterRequest(path, status, seconds) {
      exporterRequests.inc({ path, status });
      exporterSeconds.inc({ path }, seconds);
    },
    render: (format) => render(registry, format),
  };
}

/** A definition under prom-client's names. */
function toConfiguration({ name, help, labels }: MetricDefinition, registry: Registry) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function registerGauge(registry: Registry, definition: MetricDefinition, read: () => number): void {
  const gauge: Gauge = new Gauge({ ...toConfiguration(definition, registry), collect: () => gauge.set(read()) });
}

function registerUptime(registry: Registry): void {
  const counter: Counter = new Counter({
    ...toConfiguration(processMetrics.uptime, registry),
    // Set and read without a wait between, so that two scrapes at once cannot add to each other.
    collect: () => {
      counter.reset();
      counter.inc(process.uptime());
    },
  });
}

/**
 * Reads the values from prom-client and renders them here: a registry supports one format only, and its OpenMetrics
 * has non-canonical buckets and no start times. A metric that cannot be read is left out, the others stay.
 */
async function render(registry: Registry, format: Format): Promise<string> {
  const read = registry.getMetricsAsArray().map(async ({ name }) => registry.getSingleMetric(name)?.get());
  const startedAt = Math.round(performance.timeOrigin);
  let text = "";
  for (const outcome of await Promise.allSettled(read)) {
    if (outcome.status === "fulfilled" && outcome.value !== undefined) {
      text += renderProcessFamily(outcome.value as unknown as ProcessFamily, startedAt, format);
    }
  }
  return text;
}
