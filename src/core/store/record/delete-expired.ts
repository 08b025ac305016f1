import { aheadMax } from "../../sender-clock.ts";
import { dayMillis, type Millis } from "../../time.ts";
import { codeEventKey, codeEventTables, type CodeEventTable } from "../db/code-event-tables.ts";
import { bigint, createDecoder } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { freePages } from "../db/free-pages.ts";
import { listPartitions } from "../db/partitions.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { splitExpired, type PartitionRange } from "../db/split-expired.ts";
import type { Cell } from "../db/rowset.ts";
import { deliveryIdRowset, runIdRowset } from "../db/rowsets.ts";
import { dayTimeColumns, deliveryColumns, runColumns } from "../db/tables.ts";
import { deleteEmptyTimes, subtractRuns } from "./day-times.ts";
import { dropMonth } from "./drop-month.ts";
import { runSqliteTransaction } from "../db/sqlite-transaction.ts";
import { toRows, wrapTransaction, type Transaction } from "../db/transaction.ts";

/** Runs in one transaction, and the jobs after which it takes no further run: few, so that deliveries wait only briefly. */
const runsMax = 200;
const jobsMax = 2500;
/** Deliveries in one transaction. */
const deliveriesMax = 1000;

export interface Deleted {
  readonly runs: number;
  readonly codeEvents: number;
  readonly deliveries: number;
}

/** What one transaction deleted, and where the next one goes on; `undefined`: there is nothing more. */
interface Batch {
  readonly deleted: number;
  readonly next: number | undefined;
}

type DeleteBatch = (trx: Transaction, from: number) => Promise<Batch>;

/**
 * Deletes runs whose last delivery came before `before`, with their jobs and completions, code events likewise, and
 * deliveries that were received before it, until `isStopping`. Totals stay as they are. Safe to run on several replicas at once,
 * and to stop at any time. Where there are partitions, whole months are dropped, and rows deleted only where they are in none.
 */
export async function deleteExpired(
  connection: Connection,
  before: Millis,
  isStopping = () => false,
): Promise<Deleted> {
  const repeat = (batch: DeleteBatch) => repeatBatch(connection, batch, isStopping);
  const partitions = await listPartitions(connection.knex, connection.engine);
  const { dropped, rowsBefore, outside } = splitExpired(partitions, before);
  let [runs, deliveries] = [0, 0];
  for (const month of dropped) {
    if (isStopping()) break;
    const gone = await dropMonth(connection, month, before, isStopping);
    runs += gone.runs;
    deliveries += gone.deliveries;
  }
  runs += await repeat((trx, from) => deleteRuns(trx, from, rowsBefore));
  for (const range of outside) runs += await repeat((trx, from) => deleteRunsWithin(trx, range, from, before));
  let codeEvents = 0;
  for (const table of Object.values(codeEventTables))
    codeEvents += await repeat((trx, from) => deleteCodeEvents(trx, table, from, before));
  if (runs > 0) await deleteEmptyDays(connection, before, isStopping);
  const deleteRows = partitions.length > 0 ? deleteKeyedDeliveries : deleteDeliveries;
  deliveries += await repeat((trx, from) => deleteRows(trx, "deliveries", from, rowsBefore));
  if (outside.length > 0)
    deliveries += await repeat((trx, from) => deleteRows(trx, "deliveries_default", from, before));
  if (runs + codeEvents + deliveries > 0 && !isStopping()) await freePages(connection);
  return { runs, codeEvents, deliveries };
}

/**
 * Repeats a batch until nothing is left; deliveries get a turn in between. Each one begins where the one before ended: PostgreSQL
 * would read again, in the index, all rows that were deleted and not vacuumed yet.
 */
async function repeatBatch(connection: Connection, batch: DeleteBatch, isStopping: () => boolean): Promise<number> {
  let total = 0;
  let from: number | undefined = 0;
  while (from !== undefined && !isStopping()) {
    const begin: number = from;
    const { deleted, next } = await retryWhileBusy(() => inOneTransaction(connection, (trx) => batch(trx, begin)));
    total += deleted;
    from = next;
    await new Promise(setImmediate);
  }
  return total;
}

/** A transaction without a time limit: after years of deliveries, on a slow disk, a batch may take seconds. */
function inOneTransaction<T>(connection: Connection, work: (trx: Transaction) => Promise<T>): Promise<T> {
  if (connection.engine === "sqlite") return runSqliteTransaction(connection, work);
  return connection.knex.transaction((trx) => work(wrapTransaction(trx, connection.bulk)));
}

const decodeExpired = createDecoder({ id: runColumns.id, updatedAt: bigint("updated_at"), jobs: bigint("jobs") });

/** `from`: when the last delivery about the last deleted run came. */
async function deleteRuns(trx: Transaction, from: Millis, before: Millis): Promise<Batch> {
  const chosen = await deleteChosen(trx, "updated_at >= ? and updated_at < ? order by updated_at", [from, before]);
  return { deleted: chosen.length, next: chosen.at(-1)?.updatedAt };
}

/** The same among some ids. `from`: the id of the last deleted one. */
async function deleteRunsWithin(trx: Transaction, range: PartitionRange, from: number, before: Millis): Promise<Batch> {
  const bounds = [Math.max(from, range.firstId - 1), range.endId, before];
  // As an expression, so that the planner uses the ids and no index over times.
  const chosen = await deleteChosen(trx, "id > ? and id < ? and updated_at + 0 < ? order by id", bounds);
  return { deleted: chosen.length, next: chosen.at(-1)?.id };
}

async function deleteChosen(trx: Transaction, condition: string, bindings: readonly number[]) {
  // The row's lock keeps a delivery that arrives now from writing to a run that is being deleted.
  const lock = trx.bulk.engine === "postgres" ? "for update skip locked" : "";
  const rows = await trx.query(
    `select id, updated_at, (select count(*) from jobs where jobs.run_id = runs.id) as jobs
     from runs where ${condition} limit ${runsMax} ${lock}`,
    bindings,
  );
  const expired = rows.map(decodeExpired);
  const chosen = takeRuns(expired);
  const ids = chosen.map(({ id }) => [id]);
  await subtractRuns(trx, ids);
  for (const table of ["jobs", "run_completions", "job_completions"])
    await trx.change(runIdRowset, ids, (given) => `delete from ${table} where run_id in (select run_id from ${given})`);
  await trx.change(runIdRowset, ids, (given) => `delete from runs where id in (select run_id from ${given})`);
  return chosen;
}

/** The first runs with few jobs together; at least one. */
function takeRuns<R extends { readonly jobs: number }>(expired: readonly R[]): R[] {
  let jobs = 0;
  const end = expired.findIndex((run) => (jobs += run.jobs) > jobsMax);
  return end < 0 ? [...expired] : expired.slice(0, Math.max(1, end));
}

/** `from`: when the last delivery about the last deleted one came. */
async function deleteCodeEvents(
  trx: Transaction,
  { table, keys }: Pick<CodeEventTable, "table" | "keys">,
  from: Millis,
  before: Millis,
): Promise<Batch> {
  const lock = trx.bulk.engine === "postgres" ? "for update skip locked" : "";
  const rows = await trx.query(
    `select ${keys.list}, updated_at from ${table} where updated_at >= ? and updated_at < ?
     order by updated_at limit ${deliveriesMax} ${lock}`,
    [from, before],
  );
  const key = codeEventKey.join(", ");
  const deleted = await trx.change(
    keys,
    rows.map((row) => keys.columns.map((column) => row[column] as Cell)),
    (given) => `delete from ${table} where (${key}) in (select ${key} from ${given})`,
  );
  const last = rows.at(-1);
  return { deleted, next: last === undefined ? undefined : Number(last["updated_at"]) };
}

/** Deletes what is left of days of which retention has deleted everything, a day in a transaction. */
async function deleteEmptyDays(connection: Connection, before: Millis, isStopping: () => boolean): Promise<void> {
  const last = Math.floor((before + aheadMax) / dayMillis);
  const days = toRows(await connection.knex.raw("select distinct day from day_times where day <= ?", [last]));
  for (const day of days.map(dayTimeColumns.day.read)) {
    if (isStopping()) return;
    await retryWhileBusy(() => inOneTransaction(connection, (trx) => deleteEmptyTimes(trx, day)));
  }
}

const decodeReceived = createDecoder({ id: deliveryColumns.id, receivedAt: deliveryColumns.receivedAt });

/**
 * Deliveries arrive in about the order of their ids, so only the rows with the lowest ids are read. `from`: the id of the
 * last deleted one.
 */
async function deleteDeliveries(trx: Transaction, table: string, from: number, before: Millis): Promise<Batch> {
  const expired = await findDeliveries(trx, table, from, before);
  const deleted = await trx.change(
    deliveryIdRowset,
    expired,
    (given) => `delete from deliveries where id in (select id from ${given})`,
  );
  return { deleted, next: expired.at(-1)?.[0] };
}

/** The same where their keys are in a table of their own. */
async function deleteKeyedDeliveries(trx: Transaction, table: string, from: number, before: Millis): Promise<Batch> {
  const expired = await findDeliveries(trx, table, from, before);
  const deleted = await trx.change(
    deliveryIdRowset,
    expired,
    (given) => `
      with gone as (delete from deliveries where id in (select id from ${given}) returning key)
      delete from delivery_keys where key in (select key from gone)`,
  );
  return { deleted, next: expired.at(-1)?.[0] };
}

async function findDeliveries(trx: Transaction, table: string, from: number, before: Millis): Promise<number[][]> {
  const sql = `select id, received_at from ${table} where id > ? order by id limit ${deliveriesMax}`;
  const rows = (await trx.query(sql, [from])).map(decodeReceived);
  return rows.filter(({ receivedAt }) => receivedAt < before).map(({ id }) => [id]);
}
