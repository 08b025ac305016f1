import type { Knex } from "knex";
import type { Millis } from "../../time.ts";
import type { Engine } from "./rowset.ts";
import { toRows } from "./transaction.ts";
import { readDriverCode } from "./transient-errors.ts";

/**
 * On PostgreSQL a ledger may be created with partitions: what runs and deliveries consist of is then stored by the month in which
 * the run, or the delivery, was first recorded, and retention drops a month at a time. Their ids tell the month, so the
 * keys of these tables contain it without a further column. `runs` itself and the keys of deliveries (`delivery_keys`) are in
 * one piece, because they must be unique over all months.
 */

/** The partitioned tables, in the order in which deliveries lock them, with the column that tells the month. */
export const partitionedTables = {
  deliveries: "id",
  jobs: "run_id",
  run_completions: "run_id",
  job_completions: "run_id",
} as const;

/** Ids of one month begin with the year since 2000 and the month: 2611 for November 2026. As many ids have a place after it. */
const idsPerMonth = 100_000_000_000;

/** The month in which the database is now, by its own clock: 2611 for November 2026. A function, so that there is one place that says so. */
const monthFunction = "ledger_month()";

/** Creates that function. It ends up inside the statements that give out ids: PostgreSQL takes the place of the call for its text. */
export const createMonthFunction = `
  create function ${monthFunction} returns bigint language sql stable as $$
    select cast((extract(year from now() at time zone 'UTC') - 2000) * 100 + extract(month from now() at time zone 'UTC') as bigint)
  $$;
  comment on function ${monthFunction} is 'Year since 2000 and month, with which ids of runs and deliveries begin';`;

/** The default of a column whose ids tell their month: they grow with time, as those of a sequence do. */
export function buildIdDefault(sequence: string): string {
  return `${monthFunction} * ${idsPerMonth} + nextval('${sequence}')`;
}

/** SQL for the part of an id that a sequence gave. Ids from before the ledger had partitions are that part alone. */
export function buildSequencePart(id: string): string {
  return `${id} % ${idsPerMonth}`;
}

/**
 * SQL that narrows a join on some ids to their months: planning it over all partitions takes a millisecond, over one a fifth of
 * that. Nothing where the ids tell no month; a text that differs from batch to batch would not be cached there.
 */
export function buildMonthBounds(engine: Engine, column: string, ids: readonly number[]): string {
  const [least, greatest] = [Math.min(...ids), Math.max(...ids)];
  if (engine !== "postgres" || greatest < idsPerMonth) return "";
  return `and ${column} >= ${least} and ${column} <= ${greatest}`;
}

/** A month of the partitioned tables. */
export interface Partition {
  /** 2611: November 2026. */
  readonly month: number;
  /** Its ids are from this one on, and below the next one. */
  readonly firstId: number;
  readonly endId: number;
  /** When the month begins and ends. */
  readonly begin: Millis;
  readonly end: Millis;
}

export function createPartition(month: number): Partition {
  const next = addMonths(month, 1);
  return {
    month,
    firstId: month * idsPerMonth,
    endId: next * idsPerMonth,
    begin: startMonth(month),
    end: startMonth(next),
  };
}

function addMonths(month: number, count: number): number {
  const months = Math.floor(month / 100) * 12 + (month % 100) - 1 + count;
  return Math.floor(months / 12) * 100 + (months % 12) + 1;
}

function startMonth(month: number): Millis {
  return Date.UTC(2000 + Math.floor(month / 100), (month % 100) - 1);
}

export function namePartition(table: string, month: number): string {
  return `${table}_${String(month).padStart(4, "0")}`;
}

/** Whether a ledger was created with partitions. */
export async function isPartitioned(knex: Knex, engine: Engine): Promise<boolean> {
  if (engine !== "postgres") return false;
  const rows = await knex.raw("select 1 from pg_class where oid = to_regclass('jobs') and relkind = 'p'");
  return toRows(rows).length > 0;
}

/** The months that have partitions, the oldest first; none in a ledger without partitions. */
export async function listPartitions(knex: Knex, engine: Engine): Promise<readonly Partition[]> {
  if (engine !== "postgres") return [];
  const rows = toRows(
    await knex.raw(`
      select cast(substring(child.relname from '[0-9]+$') as integer) as month
      from pg_inherits join pg_class as child on child.oid = inhrelid
      where inhparent = to_regclass('jobs') and child.relname ~ '^jobs_[0-9]+$' order by 1`),
  );
  return rows.map(({ month }) => createPartition(Number(month)));
}

/** Months that are made before they begin: servers may be down, or find a table busy, for weeks. */
const monthsAhead = 2;

/** Of two processes that make partitions at once the second one waits, and finds them made. */
const partitionLock = 7_310_005;

/** How long a new partition waits for statements on its table; all later ones wait behind it. */
const lockMillis = 200;

/** Codes for: the table is busy; rows of that month are in the default partition already. */
const postponed = ["55P03", "23514"];

/**
 * Makes the partitions of this month and the next ones where they are missing. What cannot be made now is made by a later
 * call; until then rows go to the default partition, which holds rows of any month. Returns the months that were made.
 */
export async function makePartitions(knex: Knex): Promise<readonly number[]> {
  const made: number[] = [];
  const [row] = toRows(await knex.raw(`select ${monthFunction} as month`));
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const partition = createPartition(addMonths(Number(row?.["month"]), ahead));
    try {
      if (await knex.transaction((trx) => makePartition(trx, partition))) made.push(partition.month);
    } catch (error) {
      if (!postponed.includes(readDriverCode(error))) throw error;
    }
  }
  return made;
}

async function makePartition(trx: Knex.Transaction, { month, firstId, endId }: Partition): Promise<boolean> {
  await trx.raw(`select pg_advisory_xact_lock(${partitionLock})`);
  const [row] = toRows(await trx.raw("select to_regclass(?) as made", [namePartition("jobs", month)]));
  if (row?.["made"] !== null) return false;
  await trx.raw(`set local lock_timeout = ${lockMillis}`);
  for (const table of Object.keys(partitionedTables)) {
    const name = namePartition(table, month);
    await trx.raw(`create table ${name} partition of ${table} for values from (${firstId}) to (${endId})`);
    await trx.raw(`comment on table ${name} is 'Rows of ${table} whose ids begin with ${month}: year and month'`);
  }
  return true;
}
