import type { Millis } from "../../time.ts";
import { bigint } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { namePartition, partitionedTables, type Partition } from "../db/partitions.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";
import { readDriverCode } from "../db/transient-errors.ts";
import { subtractMonth } from "./day-times.ts";

/** How many rows were deleted. */
interface Rows {
  readonly runs: number;
  readonly deliveries: number;
}

/** Keys of deliveries that are deleted in one transaction. */
const keysMax = 5000;

/** One process at a time drops a month; others go on without it. */
const dropLock = 7_310_004;

/** How long the tables are waited for; deliveries wait behind it. */
const lockMillis = 200;
const pauseMillis = 1000;
const triesMax = 60;

/** Codes for: the table is busy; another transaction waits for this one. */
const busyCodes = ["55P03", "40P01"];

const count = bigint("count");
const last = bigint("last");

/**
 * Drops the partitions of a month, and deletes its runs and the keys of its deliveries. Runs about which a delivery came at
 * `before` or later stay, with their jobs and completions, in the default partition. Totals stay as they are, and the day cube
 * loses what the dropped completions were worth, in the same transaction. Deliveries about other runs go on meanwhile, but for
 * the moment at the end in which the partitions are taken off.
 */
export async function dropMonth(
  { knex, bulk }: Connection,
  partition: Partition,
  before: Millis,
  isStopping: () => boolean,
): Promise<Rows> {
  const deliveries = await deleteKeys({ knex, bulk }, partition, before, isStopping);
  if (isStopping()) return { runs: 0, deliveries };
  return knex.transaction(async (knexTrx) => {
    const trx = wrapTransaction(knexTrx, bulk);
    const [free] = await trx.query(
      `select 1 where pg_try_advisory_xact_lock(${dropLock}) and to_regclass('${namePartition("jobs", partition.month)}') is not null`,
    );
    if (free === undefined) return { runs: 0, deliveries };
    await trx.query("set local work_mem = '64MB'");
    const runs = await deleteRuns(trx, partition, before);
    await subtractMonth(trx, partition);
    await lockTables(trx);
    for (const table of Object.keys(partitionedTables)) await takeOff(trx, table, partition, before);
    return { runs, deliveries };
  });
}

async function deleteKeys(
  { knex, bulk }: Pick<Connection, "knex" | "bulk">,
  { month }: Partition,
  before: Millis,
  isStopping: () => boolean,
): Promise<number> {
  let deleted = 0;
  for (let from = 0; !isStopping(); ) {
    const [row] = await knex.transaction((trx) =>
      wrapTransaction(trx, bulk).query(
        `with old as (
           select id, key from ${namePartition("deliveries", month)} where id > ? and received_at < ? order by id limit ${keysMax}
         ), gone as (delete from delivery_keys where key in (select key from old))
         select count(*) as count, coalesce(max(id), 0) as last from old`,
        [from, before],
      ),
    );
    if (row === undefined || count.read(row) === 0) break;
    deleted += count.read(row);
    from = last.read(row);
  }
  return deleted;
}

/** A delivery that arrives now waits for the row of its run, and then makes a new one, or keeps this one from being deleted. */
async function deleteRuns(trx: Transaction, { firstId, endId }: Partition, before: Millis): Promise<number> {
  const [row] = await trx.query(
    `with gone as (delete from runs where id >= ? and id < ? and updated_at < ? returning 1) select count(*) as count from gone`,
    [firstId, endId, before],
  );
  return row === undefined ? 0 : count.read(row);
}

/**
 * Waits a little at a time, because everybody who needs a table waits behind this. In the order in which deliveries lock them: a
 * delivery that waits here then holds none that is still to be locked.
 */
async function lockTables(trx: Transaction): Promise<void> {
  await trx.query(`set local lock_timeout = ${lockMillis}`);
  for (let tries = 1; ; tries++) {
    await trx.query("savepoint before_lock");
    try {
      await trx.query(`lock table ${Object.keys(partitionedTables).join(", ")} in access exclusive mode`);
      return;
    } catch (error) {
      if (tries === triesMax || !busyCodes.includes(readDriverCode(error))) throw error;
      await trx.query("rollback to savepoint before_lock");
      await new Promise((resume) => setTimeout(resume, pauseMillis));
    }
  }
}

/** Rows that stay go to the default partition, which takes every id that no other one does. */
async function takeOff(
  trx: Transaction,
  table: string,
  { month, firstId, endId }: Partition,
  before: Millis,
): Promise<void> {
  const name = namePartition(table, month);
  await trx.query(`alter table ${table} detach partition ${name}`);
  const stays =
    table === "deliveries"
      ? `received_at >= ${before}`
      : `run_id in (select id from runs where id >= ${firstId} and id < ${endId})`;
  await trx.query(`insert into ${table} select * from ${name} where ${stays}`);
  await trx.query(`drop table ${name}`);
}
