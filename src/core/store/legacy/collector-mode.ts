import { collectorSource } from "../../legacy/saved-pipelines.ts";
import type { Observation } from "../../model.ts";
import type { Millis } from "../../time.ts";
import { CollectorModeError } from "../db/collector-mode-error.ts";
import { text } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { inTransaction } from "../db/in-transaction.ts";
import type { Transaction } from "../db/transaction.ts";

/**
 * Whether the old collector's tables are in use: from the first saved pipeline on, for ever. `due`: this is not stored yet, but
 * there is a saved pipeline, which a server of the version before has written; that version takes every step anyway.
 */
export type CollectorMode = "on" | "due" | "off";

/** The column in which a statement returns it. */
export const collectorMode = text<CollectorMode>("collector_mode");

const isOn = `exists (select 1 from legacy_tools where tool = '${collectorSource}')`;

/**
 * The expression of this column, for a statement that locks `deliveries`. It costs one or two index look-ups; the order makes
 * PostgreSQL use the index also before the table was analysed.
 */
export const collectorModeSql = `
  case when ${isOn} then 'on'
    when (select source from runs where source >= '${collectorSource}' order by source, native_id limit 1) = '${collectorSource}' then 'due'
    else 'off' end as ${collectorMode.name}`;

/** The same for a transaction whose first statement returned no row. */
export async function readCollectorMode(trx: Transaction): Promise<CollectorMode> {
  // The first statement took this lock, unless it had nothing to write.
  if (trx.bulk.engine === "postgres") await trx.query("lock table deliveries in row exclusive mode");
  const [row] = await trx.query(`select ${collectorModeSql}`);
  return row === undefined ? "off" : collectorMode.read(row);
}

/** Whether a batch takes the steps of saved pipelines. Throws when it must first be stored that the tables are in use. */
export function takesSavedSteps(mode: CollectorMode, observations: readonly Observation[]): boolean {
  if (mode === "on") return true;
  if (mode === "due" || observations.some(({ extension }) => extension?.saved !== undefined))
    throw new CollectorModeError();
  return false;
}

/**
 * Stores that the old collector's tables are in use; returns false when they were before. On PostgreSQL it waits for every
 * transaction that has not seen it and may write runs: each has inserted into `deliveries`, and so holds a lock that this one
 * excludes. Later ones wait for this one, and their statement then sees what it wrote, because
 * PostgreSQL takes the snapshot of a statement after its locks:
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tcop/postgres.c ("before locking any of the tables").
 */
export async function turnOnCollector(connection: Connection, now: Millis): Promise<boolean> {
  return inTransaction(connection, async (trx) => {
    if ((await trx.query(`select 1 where ${isOn}`)).length > 0) return false;
    if (trx.bulk.engine === "postgres") {
      // Deliveries wait behind this lock while it waits, for instance for a vacuum that must not be cancelled.
      await trx.query("set local lock_timeout = 3000");
      await trx.query("lock table deliveries in share mode");
    }
    // All stored runs were written without it, so they may have no number.
    const made = await trx.query(
      `insert into legacy_tools (tool, turned_on_at, number_after, number_to)
       select '${collectorSource}', cast(? as bigint), 0, coalesce(max(id), 0) from runs where true
       on conflict (tool) do nothing returning tool`,
      [now],
    );
    return made.length > 0;
  });
}
