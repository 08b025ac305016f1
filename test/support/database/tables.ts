import type { Observation } from "../../../src/core/model.ts";
import { metricKeys, storedMetrics, type StoredMetric } from "../../../src/core/stored-metrics.ts";
import type { Row } from "../../../src/core/store/db/columns.ts";
import type { TestStore } from "./test-store.ts";
import { toRows } from "../../../src/core/store/db/transaction.ts";
import { now } from "./databases.ts";
import type { Entry } from "../../../src/core/delivery.ts";

/** One delivery that says `observations`, under `key`. */
export function entry(key: string, observations: readonly Observation[], more: Partial<Entry["delivery"]> = {}): Entry {
  const delivery = {
    key,
    source: "main",
    provider: "gitlab",
    outcome: "accepted",
    reason: null,
    receivedAt: now,
    bytes: 2,
    content: null,
    replayed: false,
    ...more,
  } as const;
  return { delivery, observations };
}

let entries = 0;

/** Each observation as a delivery of its own, no key twice. */
export function toEntries(observations: readonly Observation[]): Entry[] {
  return observations.map((observation) => entry(`delivery ${++entries}`, [observation]));
}

export async function rows(store: TestStore, sql: string): Promise<Row[]> {
  return toRows(await store.connection.knex.raw(sql));
}

/**
 * What the ledger holds, without what differs from database to database: ids (rows are named by their natural keys), when
 * a row was made, and in which order rows lie there. Truth values are those of JavaScript.
 */
export async function tables(store: TestStore) {
  const runs = new Map<number, string>();
  const series = new Map<number, string>();
  for (const { id, source, native_id } of await rows(store, "select id, source, native_id from runs")) {
    runs.set(Number(id), `${String(source)}/${String(native_id)}`);
  }
  for (const { id, metric, labels } of await rows(store, "select id, metric, labels from rollups")) {
    series.set(Number(id), `${String(metric)} ${String(labels)}`);
  }
  const read = async (table: string) =>
    (table === "rollups" ? await readTotals(store) : await rows(store, `select * from ${table}`))
      .map(
        ({
          id: _id,
          created_at: _c,
          first_seen_at: _f,
          updated_at: _u,
          run_id,
          rollup_id,
          duration_rollup_id: _d,
          queue_rollup_id: _q,
          seconds_rollup_id: _s,
          ...columns
        }) => ({
          ...truths(columns),
          ...(run_id === undefined ? {} : { run: runs.get(Number(run_id)) ?? "no such run" }),
          ...(rollup_id === undefined ? {} : { series: series.get(Number(rollup_id)) ?? "no such series" }),
        }),
      )
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    runs: await read("runs"),
    jobs: await read("jobs"),
    runCompletions: await read("run_completions"),
    jobCompletions: await read("job_completions"),
    rollups: await read("rollups"),
  };
}

/** The rows of `rollups`, with their shards added. */
async function readTotals(store: TestStore): Promise<Row[]> {
  const sums = new Map((await rows(store, "select * from rollups")).map((row) => [Number(row["id"]), row]));
  for (const { rollup_id, shard: _, ...row } of await rows(store, "select * from rollup_shards")) {
    const sum = sums.get(Number(rollup_id)) ?? {};
    const link = (of: Row) => [of["exemplar_at"], of["exemplar_run"], of["exemplar_seconds"]];
    const [mine, other] = [link(row), link(sum)];
    const differs = mine.findIndex((cell, i) => cell !== other[i]);
    const latest = differs >= 0 && (mine[differs] ?? 0) > (other[differs] ?? 0);
    const cells = Object.entries(row).map(([column, cell]) => {
      if (column.startsWith("exemplar")) return [column, latest ? cell : sum[column]];
      return [column, Number(sum[column]) + Number(cell)];
    });
    sums.set(Number(rollup_id), { ...sum, ...(Object.fromEntries(cells) as Row) });
  }
  return [...sums.values()];
}

/** Which delivery reveals a restart or a retry depends on their order, and with it what links to the run. */
const revealed: ReadonlySet<string> = new Set(
  metricKeys.filter((metric) => {
    const { provenBy }: StoredMetric = storedMetrics[metric];
    return provenBy === "tally";
  }),
);

/** The tables without what may depend on the order of deliveries. */
export async function orderless(store: TestStore) {
  const { rollups, ...rest } = await tables(store);
  return { ...rest, rollups: rollups.map((row: Row) => (revealed.has(row["metric"] as string) ? unlinked(row) : row)) };
}

function unlinked(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !column.startsWith("exemplar")));
}

const booleans = ["default_branch", "recovered", "allow_failure"];

/** SQLite has no truth values of its own, and hands out what its JSON says in any order. */
function truths(row: Row): Row {
  const changed = Object.entries(row).map(([column, value]) => {
    if (booleans.includes(column) && value !== null) return [column, Boolean(value)];
    if (column === "older" && value !== null) return [column, JSON.parse(value as string) as unknown];
    return [column, value];
  });
  return Object.fromEntries(changed) as Row;
}

/** Totals by series, as the in-memory fold names them. */
export async function totals(store: TestStore): Promise<Record<string, number>> {
  const { rollups } = await store.snapshot();
  const all = rollups.flatMap(({ metric, labels, count, sum, buckets }): [string, number][] => {
    const { name, labels: names, type } = storedMetrics[metric];
    const series = `${name}{${names.map((label, i) => `${label}="${labels[i] ?? ""}"`).join(",")}}`;
    if (type === "counter") return [[series, count]];
    if (buckets.reduce((a, b) => a + b, 0) !== count) throw new Error(`the buckets of ${series} are not its count`);
    return [
      [`${series}_count`, count],
      [`${series}_sum`, Math.round(sum * 1e6) / 1e6],
    ];
  });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
