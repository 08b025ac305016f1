import { storedMetrics, type StoredMetric } from "../../core/stored-metrics.ts";
import { ledgerContents, type CutProject, type LedgerContent } from "../../core/store/index.ts";
import { version } from "../../version.ts";
import type { RefusedDeliveries } from "../refused-deliveries.ts";
import type { Services } from "../services.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import type { Millis } from "../../core/time.ts";

export interface SourceStatus {
  readonly name: string;
  /** `null` for a source that is not configured. */
  readonly provider: string | null;
  readonly configured: boolean;
  readonly hasSecret: boolean;
  readonly lastDeliveryAt: Millis | null;
  readonly deadLetters: number;
  /** Since this process started; those that other replicas refused are not known here. */
  readonly refused: readonly RefusedDeliveries[];
}

export interface ServerStatus {
  readonly uptimeSeconds: number;
  readonly database: Services["store"]["engine"];
  readonly queueLength: number;
  readonly sources: readonly SourceStatus[];
  readonly seriesMax: number;
  readonly series: readonly { readonly metric: string; readonly used: number }[];
  readonly cuts: readonly CutProject[];
}

/** Configured sources come in the order of the configuration, then others that the ledger holds deliveries of. */
export async function readServerStatus({ config, store, ledger, refusedDeliveries }: Services): Promise<ServerStatus> {
  const { sources, series, cuts } = await store.read("state", null);
  const stored = new Map(sources.map((source) => [source.source, source]));
  const configured = config.sources.map(({ name, provider, secrets }) => ({
    name,
    provider,
    configured: true,
    hasSecret: secrets().length > 0,
    lastDeliveryAt: stored.get(name)?.lastDeliveryAt ?? null,
    deadLetters: stored.get(name)?.deadLetters ?? 0,
    refused: refusedDeliveries.list(name),
  }));
  const names = new Set<string>(configured.map(({ name }) => name));
  const others = sources.filter(({ source }) => !names.has(source));
  const metrics: Readonly<Record<string, StoredMetric>> = storedMetrics;
  return {
    uptimeSeconds: Math.round(process.uptime()),
    database: store.engine,
    queueLength: ledger.size(),
    sources: [
      ...configured,
      ...others.map(({ source: name, lastDeliveryAt, deadLetters }) => {
        return { name, provider: null, configured: false, hasSecret: false, lastDeliveryAt, deadLetters, refused: [] };
      }),
    ],
    seriesMax: config.seriesMax,
    series: series.map(({ metric, count }) => ({ metric: metrics[metric]?.name ?? metric, used: count })),
    cuts,
  };
}

const refused = f.defineView<RefusedDeliveries>([
  ["reason", ({ reason }) => reason, f.text],
  ["count", ({ count }) => count, f.positive],
  ["last_at", ({ lastAt }) => f.toIsoTime(lastAt), f.time],
  ["last_address", ({ lastAddress }) => lastAddress, { ...f.text, description: "Of the sender, or of the proxy" }],
]);

const source = f.defineView<SourceStatus>([
  ["name", ({ name }) => name, f.text],
  ["provider", ({ provider }) => provider, f.nullableText],
  [
    "configured",
    ({ configured }) => configured,
    { ...f.boolean, description: "false: no longer configured, or an older tool's API" },
  ],
  ["has_secret", ({ hasSecret }) => hasSecret, f.boolean],
  ["webhook_path", ({ configured, name }) => (configured ? `/webhooks/${name}` : null), f.nullableText],
  ["last_delivery_at", ({ lastDeliveryAt }) => f.toIsoTime(lastDeliveryAt), f.nullableTime],
  ["dead_letters", ({ deadLetters }) => deadLetters, f.count],
  [
    "refused",
    (one) => one.refused.map(refused.render),
    {
      type: "array",
      items: refused.schema,
      description: "Deliveries that this process refused since it started, by reason, the latest first",
    },
  ],
]);

const series = f.defineView<ServerStatus["series"][number]>([
  ["metric", ({ metric }) => metric, f.text],
  ["used", ({ used }) => used, f.count],
]);

const cutProject = f.defineView<CutProject>([
  ["metric", ({ metric }) => metric, f.text],
  ["provider", ({ provider }) => provider, f.text],
  ["project", ({ project }) => project, f.text],
  ["increments", ({ increments }) => increments, f.count],
]);

const status = f.defineView<ServerStatus & { readonly data: LedgerContent }>([
  ["version", () => version, f.text],
  ["uptime_seconds", ({ uptimeSeconds }) => uptimeSeconds, f.seconds],
  ["database", ({ database }) => database, { enum: ["sqlite", "postgres"] }],
  [
    "data",
    ({ data }) => data,
    { enum: [...ledgerContents], description: "demo: every run is of a project that `pipegauge demo` invents" },
  ],
  ["queue_length", ({ queueLength }) => queueLength, { ...f.count, description: "Deliveries waiting to be stored" }],
  ["sources", ({ sources }) => sources.map(source.render), f.createArraySchema("Source")],
  ["series_budget", ({ seriesMax }) => seriesMax, { ...f.count, description: "Maximum number of series per metric" }],
  ["series", (server) => server.series.map(series.render), { type: "array", items: series.schema }],
  [
    "cut_projects",
    ({ cuts }) => cuts.map(cutProject.render),
    {
      type: "array",
      items: cutProject.schema,
      description:
        "Projects that reached their share of the series of a metric, and how many increments were counted as __other__",
    },
  ],
]);

export const statusSchemas = { Source: source.schema, Status: status.schema };

export const getStatus = defineEndpoint({
  id: "getStatus",
  path: "/api/v1/status",
  summary: "Status of the server and its sources",
  parameters: {},
  schema: "Status",
  respond: async (services) => {
    const data = await services.store.read("ledgerContent", null);
    return status.render({ ...(await readServerStatus(services)), data });
  },
});
