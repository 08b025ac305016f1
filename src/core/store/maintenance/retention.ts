import type { Knex } from "knex";
import type { Connection } from "../db/connect.ts";
import { deliveryColumns, runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import type { Millis } from "../../time.ts";

/** Runs or deliveries in one transaction: few, so that deliveries that arrive meanwhile wait only briefly. */
const batchSize = 200;

export interface Deleted {
  readonly runs: number;
  readonly deliveries: number;
}

/**
 * Deletes runs whose last delivery came before `before`, with their jobs and completions, and deliveries that were received
 * before it. Totals stay as they are. Safe to run on several replicas at once, and to stop at any time.
 */
export async function deleteExpired(connection: Connection, before: Millis): Promise<Deleted> {
  const runs = await repeatBatch(() => deleteRuns(connection, before));
  const deliveries = await repeatBatch(() => deleteDeliveries(connection.knex, before));
  if (runs + deliveries > 0) await freePages(connection);
  return { runs, deliveries };
}

/** The arrival of the newest delivery; `undefined`: there are no deliveries. */
export async function readLastReceived(knex: Knex): Promise<Millis | undefined> {
  const [newest] = toRows(await knex("deliveries").orderBy("id", "desc").limit(1).select("received_at"));
  return newest === undefined ? undefined : deliveryColumns.receivedAt.read(newest);
}

/** Whether `deleteExpired` would delete anything. */
export async function hasExpired(knex: Knex, before: Millis): Promise<boolean> {
  const runs = toRows(await knex("runs").where("updated_at", "<", before).limit(1).select("id"));
  return runs.length > 0 || (await listExpiredDeliveries(knex, before)).length > 0;
}

/** Repeats a batch until it deletes nothing; other work gets a turn in between. */
async function repeatBatch(batch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await retryWhileBusy(batch);
    total += deleted;
    if (deleted === 0) return total;
    await new Promise(setImmediate);
  }
}

async function deleteRuns({ knex, engine }: Connection, before: Millis): Promise<number> {
  return knex.transaction(async (trx) => {
    const expired = trx("runs").where("updated_at", "<", before).orderBy("id").limit(batchSize).select("id");
    // The row's lock keeps a delivery that arrives now from writing to a run that is being deleted.
    const rows = toRows(await (engine === "postgres" ? expired.forUpdate().skipLocked() : expired));
    const ids = rows.map(runColumns.id.read);
    if (ids.length === 0) return 0;
    for (const table of ["jobs", "run_completions", "job_completions"])
      await trx(table).whereIn("run_id", ids).delete();
    await trx("runs").whereIn("id", ids).delete();
    return ids.length;
  });
}

/** Deliveries arrive in about the order of their ids, so only the rows with the lowest ids are read. */
async function listExpiredDeliveries(knex: Knex, before: Millis): Promise<number[]> {
  const oldest = toRows(await knex("deliveries").orderBy("id").limit(batchSize).select("id", "received_at"));
  return oldest.filter((row) => deliveryColumns.receivedAt.read(row) < before).map(deliveryColumns.id.read);
}

async function deleteDeliveries(knex: Knex, before: Millis): Promise<number> {
  const ids = await listExpiredDeliveries(knex, before);
  return ids.length === 0 ? 0 : knex("deliveries").whereIn("id", ids).delete();
}

/** Returns free pages to the file system, a few megabytes at a time. */
export async function freePages({ knex, engine }: Connection): Promise<void> {
  if (engine === "sqlite") await retryWhileBusy(async () => void (await knex.raw("pragma incremental_vacuum(2000)")));
}
