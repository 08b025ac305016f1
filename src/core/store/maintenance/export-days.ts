import type { Knex } from "knex";
import { dayMillis, type Millis } from "../../time.ts";
import { codeEventTables } from "../db/code-event-tables.ts";
import { bigint, createDecoder, nullable } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import { isUnfinished } from "../db/unfinished-runs.ts";
import { findFirstIdSince, skewMillis } from "../read/run-ranges.ts";
import type { ExportKind, ExportQuery } from "./export-items.ts";

/**
 * What the rows of a day have in common. It differs once a row of that day was added, changed or deleted: each delivery that
 * changes a row, or a job of a run, sets the row's `updated_at` to its own time.
 */
export interface DayFingerprint {
  /** Runs or code events that were first seen on that day. */
  readonly rows: number;
  /** The time of the last delivery about any of them. */
  readonly newest: Millis | null;
  /** The sum of the times between the first and the last delivery about each. */
  readonly age: Millis;
  /** Runs that are shown as stale: they became so without a delivery. */
  readonly stale: number;
}

const columns = {
  day: bigint("day"),
  rows: bigint("row_count"),
  newest: nullable(bigint("newest")),
  age: bigint("age"),
  stale: bigint("stale"),
};
const decode = createDecoder(columns);

/** The name of the table whose `first_seen_at` decides on which day a row is exported. */
export const datedTables: Readonly<Record<ExportKind, string>> = {
  runs: "runs",
  jobs: "runs",
  deployments: codeEventTables.deployment.table,
  changes: codeEventTables.change.table,
  pushes: codeEventTables.push.table,
};

/** The fingerprints of the days of a span (days since 1970, UTC) on which something was first seen, in order. */
export async function readFingerprints(
  knex: Knex,
  kind: ExportKind,
  span: ExportQuery,
): Promise<ReadonlyMap<number, DayFingerprint>> {
  const table = datedTables[kind];
  const stale = table === "runs" ? `case when ${isUnfinished} and runs.updated_at < ? then 1 else 0 end` : "0";
  const query = knex(table)
    .where("first_seen_at", ">=", span.since)
    .where("first_seen_at", "<", span.until)
    .select(
      knex.raw(`first_seen_at / ${dayMillis} as day`),
      knex.raw("count(*) as row_count"),
      knex.raw("max(updated_at) as newest"),
      knex.raw("sum(coalesce(updated_at, first_seen_at) - first_seen_at) as age"),
      knex.raw(`sum(${stale}) as stale`, table === "runs" ? [span.staleBefore] : []),
    )
    .groupByRaw(`first_seen_at / ${dayMillis}`)
    .orderByRaw(`first_seen_at / ${dayMillis}`);
  if (table === "runs") {
    const { from, to } = await findRunRange(knex, span);
    query.where("id", ">=", from).where("id", "<", to);
  }
  return new Map(
    toRows(await query)
      .map(decode)
      .map(({ day, ...fingerprint }) => [day, fingerprint]),
  );
}

/** Ids grow with time, so a span is a range of the primary key. */
export async function findRunRange(
  knex: Knex,
  { since, until }: ExportQuery,
): Promise<{ readonly from: number; readonly to: number }> {
  const from = await findFirstIdSince(knex, since - skewMillis);
  return { from, to: await findFirstIdSince(knex, until + skewMillis) };
}
