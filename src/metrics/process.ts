import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { foldedValue } from "../core/fold-series.ts";
import {
  clockKinds,
  outcomes,
  processMetrics,
  type ClockKind,
  type MetricDefinition,
  type Outcome,
} from "./definitions.ts";
import type { Format } from "./format.ts";
import { renderProcessFamily, type ProcessFamily } from "./process-family.ts";

export interface ProcessMetricsOptions {
  /** The configured sources: the only ones that get series. */
  readonly sources: readonly string[];
  readonly version: string;
  /** Series per metric. */
  readonly seriesMax: number;
  /** How many deliveries wait for the ledger; asked at each scrape. */
  readonly queueLength: () => number;
  /** How many bytes of bodies are held; asked at each scrape. */
  readonly bodyBytes: () => number;
}

/** What this process counts of itself; its totals begin at 0 with the process. */
export interface ProcessMetrics {
  /** A delivery was answered, `seconds` after it arrived. */
  delivered(source: string, outcome: Outcome, seconds: number): void;
  /** A delivery proved itself by this one of the source's secrets, the first being 1. */
  secretUsed(source: string, index: number): void;
  /** A use of a template was counted without a duration, because its start is `unreadable`, in the `future` or too `old`. */
  usedUntimed(started: "unreadable" | "future" | "old"): void;
  /** The times of a delivery, or of its signature, contradict this server's clock. */
  doubted(source: string, kind: ClockKind): void;
  /** A request was answered with this HTTP status. */
  answered(status: number): void;
  /** An exporter's request at this path was answered, after this many seconds. */
  exported(path: string, status: number, seconds: number): void;
  /** The process's part of an exposition: whole families, no end mark. */
  render(format: Format): Promise<string>;
}

/** A rotation has two; what a file with very many holds must not become so many series. */
const secretsShown = 9;

/** Gauges of prom-client that bear a counter's name; the families without the suffix say the same per kind. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** One registry of its own, never prom-client's global one, so that tests and several servers do not share totals. */
export function createProcessMetrics(options: ProcessMetricsOptions): ProcessMetrics {
  const { sources, version, seriesMax, queueLength, bodyBytes } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const deliveries = new Counter(configuration(processMetrics.deliveries, registry));
  for (const source of sources) for (const outcome of outcomes) deliveries.inc({ source, outcome }, 0);
  const anomalies = new Counter(configuration(processMetrics.clockAnomalies, registry));
  for (const source of sources) for (const kind of clockKinds) anomalies.inc({ source, kind }, 0);
  const deliverySeconds = new Histogram({
    ...configuration(processMetrics.deliverySeconds, registry),
    buckets: [...processMetrics.deliverySeconds.buckets],
  });
  new Gauge(configuration(processMetrics.seriesLimit, registry)).set(seriesMax);
  const buildInfo = new Gauge(configuration(processMetrics.buildInfo, registry));
  buildInfo.set({ version, node_version: process.version }, 1);
  const requests = new Counter(configuration(processMetrics.requests, registry));
  const exporterRequests = new Counter(configuration(processMetrics.exporterRequests, registry));
  const exporterSeconds = new Counter(configuration(processMetrics.exporterSeconds, registry));
  registerGauge(registry, processMetrics.ledgerQueue, queueLength);
  registerGauge(registry, processMetrics.bodyBytes, bodyBytes);
  const secretUses = new Counter(configuration(processMetrics.secretUses, registry));
  const untimedUses = new Counter(configuration(processMetrics.untimedUses, registry));
  registerUptime(registry);

  const known = new Set(sources);
  return {
    delivered(source, outcome, seconds) {
      // A source that is not configured is a sender's word: it must not become a series.
      deliveries.inc({ source: known.has(source) ? source : foldedValue, outcome });
      if (seconds >= 0) deliverySeconds.observe(seconds);
    },
    secretUsed(source, index) {
      secretUses.inc({ source, secret_index: index <= secretsShown ? String(index) : foldedValue });
    },
    usedUntimed(started) {
      untimedUses.inc({ started });
    },
    doubted(source, kind) {
      anomalies.inc({ source: known.has(source) ? source : foldedValue, kind });
    },
    answered(status) {
      requests.inc({ status });
    },
    exported(path, status, seconds) {
      exporterRequests.inc({ path, status });
      exporterSeconds.inc({ path }, seconds);
    },
    render: (format) => render(registry, format),
  };
}

/** prom-client's names for what a definition says. */
function configuration({ name, help, labels }: MetricDefinition, registry: Registry) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function registerGauge(registry: Registry, definition: MetricDefinition, read: () => number): void {
  const gauge: Gauge = new Gauge({ ...configuration(definition, registry), collect: () => gauge.set(read()) });
}

function registerUptime(registry: Registry): void {
  const counter: Counter = new Counter({
    ...configuration(processMetrics.uptime, registry),
    // Set and read without a wait between, so that two scrapes at once cannot add to each other.
    collect: () => {
      counter.reset();
      counter.inc(process.uptime());
    },
  });
}

/**
 * Reads the values out of prom-client and writes them ourselves: a registry knows one format only, and its OpenMetrics
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
