import { bucketCount, rollupMetrics, type RollupKey, type RollupMetric } from "../rollup.ts";
import type { ActiveRow, LedgerSnapshot, RollupRow } from "../snapshot.ts";
import type { Knex } from "knex";
import { arraysOf, type Connection } from "./database.ts";
import { inByteOrder, type Engine } from "./input.ts";
import type { Row } from "./rows.ts";
import { promptTransaction } from "./silence.ts";
import { rowsOf } from "./transaction.ts";

/** What is read of a series, in the order in which `rollupRow` takes it apart. */
const cells = "metric labels count sum_millis created_at exemplar_run exemplar_url exemplar_at exemplar_seconds".split(
  " ",
);
const bucketColumns = Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`);

/** Reads everything `/metrics` shows, from one snapshot. Costs what the series cost: runs are looked at only while active. */
export async function readSnapshot({ knex, engine }: Connection): Promise<LedgerSnapshot> {
  const sorted = (...columns: string[]) => columns.map((column) => inByteOrder(engine, column)).join(", ");
  const read = async (trx: Knex.Transaction): Promise<LedgerSnapshot> => {
    const counters = await rollupsOf(trx, engine, "counter", cells);
    const histograms = await rollupsOf(trx, engine, "histogram", [...cells, ...bucketColumns]);
    const active = rowsOf(
      await trx.raw(`
          select * from (
            select provider, coalesce(project, '') as project, coalesce(pipeline, '') as pipeline, state, count(*) as count
            from runs where result is null and state is not null and state <> 'finished'
            group by provider, coalesce(project, ''), coalesce(pipeline, ''), state
          ) as active order by ${sorted("provider", "project", "pipeline", "state")}`),
    );
    // One look into the index a source: the deliveries themselves are many.
    const last = rowsOf(
      await trx.raw(`
          with recursive sources(source) as (
            select min(source) from deliveries
            union all
            select (select min(d.source) from deliveries d where d.source > s.source) from sources s where s.source is not null
          )
          select source, (select max(received_at) from deliveries d where d.source = s.source) as at
          from sources s where source is not null order by ${sorted("source")}`),
    );
    const dead = rowsOf(
      await trx.raw("select source, count(*) as count from deliveries where outcome = 'dead_letter' group by source"),
    );
    return {
      rollups: [...counters, ...histograms],
      active: active.map(activeRow),
      lastDeliveries: last.map((row) => ({ source: row["source"] as string, at: Number(row["at"]) })),
      deadLetters: last.map(({ source }) => ({
        source: source as string,
        count: Number(dead.find((row) => row["source"] === source)?.["count"] ?? 0),
      })),
    };
  };
  // A SQLite transaction is a snapshot anyway, and Knex warns about options that it ignores there.
  if (engine === "sqlite") return knex.transaction(read);
  return promptTransaction(knex, read, { isolationLevel: "repeatable read", readOnly: true });
}

/** Rows between two turns of the event loop: some milliseconds. */
const sliceRows = 2000;

/** The series of all metrics of a type, by metric and labels. */
async function rollupsOf(
  trx: Knex,
  engine: Engine,
  type: RollupMetric["type"],
  columns: readonly string[],
): Promise<RollupRow[]> {
  const rows: RollupRow[] = [];
  const select = `select ${columns.join(", ")} from rollups where metric`;
  if (engine === "postgres") {
    const keys = keysOf(type).map((key) => `'${key}'`);
    const order = ["metric", "labels"].map((column) => inByteOrder(engine, column));
    const all = await arraysOf(trx, `${select} in (${keys.join(", ")}) order by ${order.join(", ")}`);
    for (let from = 0; from < all.length; from += sliceRows) {
      for (const row of all.slice(from, from + sliceRows)) rows.push(rollupRow(row));
      await new Promise(setImmediate);
    }
    return rows;
  }
  for (const key of keysOf(type)) {
    let slice: unknown[][] = [];
    do {
      const after = (slice.at(-1)?.[1] ?? "") as string;
      slice = await arraysOf(trx, `${select} = ? and labels > ? order by labels limit ${sliceRows}`, [key, after]);
      for (const row of slice) rows.push(rollupRow(row));
      // SQLite's driver blocks while it reads: deliveries get their turn in between.
      await new Promise(setImmediate);
    } while (slice.length === sliceRows);
  }
  return rows;
}

/** The metrics of a type, sorted. A row of one that this version does not know (a downgrade) is not ours to show. */
function keysOf(type: RollupMetric["type"]): string[] {
  const keys = Object.entries<RollupMetric>(rollupMetrics).filter(([, metric]) => metric.type === type);
  return keys.map(([key]) => key).toSorted();
}

function rollupRow(row: readonly unknown[]): RollupRow {
  const run = row[5] as string | null;
  return {
    metric: row[0] as RollupKey,
    labels: JSON.parse(row[1] as string) as string[],
    count: row[2] as number,
    sum: (row[3] as number) / 1000,
    // A counter has none.
    buckets: row.slice(cells.length) as number[],
    createdAt: row[4] as number,
    exemplar:
      run === null
        ? null
        : { run, url: row[6] as string | null, at: row[7] as number, seconds: row[8] as number | null },
  };
}

function activeRow(row: Row): ActiveRow {
  return {
    provider: row["provider"] as string,
    project: row["project"] as string,
    pipeline: row["pipeline"] as string,
    state: row["state"] as ActiveRow["state"],
    count: Number(row["count"]),
  };
}
