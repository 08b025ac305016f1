import { getAdapter, type ProviderName } from "../../src/adapters/index.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import { readSaveMetrics } from "../../src/http/legacy/save-metrics-body.ts";
import { createSavedSubmission } from "../../src/ingest/legacy/saved-pipeline.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { now, type Sandbox } from "../support/database/databases.ts";
import { rows, totals } from "../support/database/tables.ts";
import type { Entry } from "../../src/core/delivery.ts";

type Json = Readonly<Record<string, unknown>>;

/** A body of `POST /save_metrics` as the old collector's client sends it, with other values where a test wants them. */
export function saveMetricsBody(more: Json = {}): Json {
  return {
    jobs: [
      {
        name: "e2e",
        started_at: "2026-11-20T12:02:30.250+02:00",
        finished_at: "2026-11-20T12:03:10.750+02:00",
        duration: 40,
        up: 12,
        e2e: 21,
      },
    ],
    builds: [{ "build-e2e": 64 }],
    build: 64,
    created_at: "2026-11-20T12:00:00.500+02:00",
    ref: "master",
    duration: 190,
    duration_e2e: 41,
    jobs_failed: [],
    has_restarts: false,
    project: "team/shop",
    pipeline_id: 700,
    ...more,
  };
}

/** What the route hands to the ledger for this body. */
export function saved(more: Json = {}, receivedAt = now): Entry {
  const bytes = Buffer.from(JSON.stringify(saveMetricsBody(more)));
  const read = readSaveMetrics(bytes);
  if (!read.ok) throw new Error(read.problems.join());
  return createSavedSubmission(read.value, { receivedAt, bytes: bytes.length, text: () => "" });
}

/** What `POST /webhooks/<source>` hands to the ledger for this body. */
export function fromWebhook(body: unknown, provider: ProviderName = "gitlab", source: string = provider): Entry {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = provider === "github" ? { "x-github-event": "workflow_run" } : {};
  const request = { headers, query: new URLSearchParams(), body: bytes, receivedAt: now };
  const submission = createSubmission(getAdapter(provider), request, { source, keepBodies: false });
  if (submission.delivery.outcome !== "accepted") throw new Error(String(submission.delivery.reason));
  return submission;
}

/** Opens a store whose views show every run, as with the setting for it. */
export function openWithViews(open: Sandbox["store"]): Sandbox["store"] {
  return async (options) => {
    const store = await open(options);
    await store.maintenance.turnOnCollector(now);
    return store;
  };
}

const booleans = new Set(["is_master", "has_restarts"]);

/** Rows of a view, truth values as JavaScript's and times as epoch milliseconds, without ids. */
export async function view(store: TestStore, name: string, order = "pipeline_id, name"): Promise<Json[]> {
  const { knex, engine } = store.connection;
  const millis =
    engine === "postgres" ? "extract(epoch from created_at) * 1000" : "unixepoch(created_at, 'subsec') * 1000";
  const sql =
    name === "metrics_pipeline"
      ? `select v.*, round(${millis}) as created from metrics_pipeline as v order by pipeline_id`
      : `select * from ${name} order by ${order}, id`;
  return toRows(await knex.raw(sql)).map(({ id: _, created_at: _c, created, ...row }) => ({
    ...Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        booleans.has(column) && value !== null ? Boolean(value) : value,
      ]),
    ),
    ...(created === undefined ? {} : { created_at: Number(created) }),
  }));
}

/** How often each thing was counted: the counters and the counts of histograms, summed by metric and result. */
export async function counts(store: TestStore): Promise<Json> {
  const sums = new Map<string, number>();
  for (const [series, total] of Object.entries(await totals(store))) {
    const [, name = "", result = ""] = /^([a-z_]+)\{.*?(?:result="([a-z]+)")?\}/.exec(series) ?? [];
    if (series.endsWith("_sum") || total === 0) continue;
    const key = `${name} ${result}`.trim();
    sums.set(key, (sums.get(key) ?? 0) + total);
  }
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Source and native id of every stored run. */
export async function readIds(store: TestStore): Promise<string[]> {
  const found = await rows(store, "select source, native_id from runs");
  return found.map(({ source, native_id: id }) => `${String(source)} ${String(id)}`);
}
