import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { AppError } from "../../errors.ts";
import { readSourceState, withCopyEnds, type CopyEnds, type CopyUrls } from "./copy-databases.ts";
import { copyTables, type CopyTable } from "./copy-tables.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { BulkSource, Cell } from "../db/rowset.ts";
import { buildSequencePart, isPartitioned } from "../db/partitions.ts";
import { advance, beginOperation, readProgress, endOperation } from "../db/progress.ts";
import type { Row } from "../db/columns.ts";
import { readSnapshot } from "../scrape/snapshot.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { toRows, wrapTransaction } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";

export interface CopyOptions {
  /** Rows in one transaction, which are held in memory at a time. */
  readonly batchRows: number;
  readonly onProgress: (table: string, done: number, all: number) => void;
}

/** The number of copied rows by table. */
export type Copied = ReadonlyMap<string, number>;

/** The progress of a copy, stored in the target in the same transaction as the rows. */
interface CopyProgress {
  /** The state of the source when the copy began, see `readSourceState`. */
  readonly source: string;
  /** Id of the process that copies; another process that resumes the copy replaces it. */
  readonly by: string;
  /** Index in `copyTables`. */
  readonly table: number;
  /** Key of the last copied row of that table. */
  readonly after: readonly Cell[] | null;
}

/**
 * Copies a whole ledger with its ids into an empty database, from one snapshot of the source. When it is interrupted, even by
 * SIGKILL, the next call resumes it. The source is not migrated; a new target is. Throws `schema` for a database of another
 * version, `config` when one cannot be used, when the target holds anything else, when the source was written to in between,
 * and when the two sides are not equal at the end. The message names the database without its password.
 */
export function copyLedger(urls: CopyUrls, log: DatabaseLog, options: CopyOptions): Promise<Copied> {
  return withCopyEnds(urls, log, (ends) => copyTablesBetween(ends, options));
}

async function copyTablesBetween(ends: CopyEnds, options: CopyOptions): Promise<Copied> {
  const { from, to } = ends;
  return from.knex.transaction(async (source) => {
    // While the target is slow the source's session is idle, and PostgreSQL must not end it for that.
    if (from.engine === "postgres") await source.raw("set local idle_in_transaction_session_timeout = 0");
    const { counts, state } = await readSourceState(source);
    let place = await beginOrResume(ends, state);
    for (let table = place.table; table < copyTables.length; table = place.table) {
      place = await copyTable(source, ends, place, counts.get(copyTables[table]?.table ?? "") ?? 0, options);
    }
    await retryWhileBusy(() => setSequences(ends));
    await verify(source, ends, counts);
    await retryWhileBusy(() => endOperation(to.knex, "copy", JSON.stringify(place)));
    return counts;
  }, getSnapshotConfig(from.engine));
}

/** The table that has a row in a new database: it says that the day cube lacks nothing. The copy says what its source says. */
const filledWhenNew = "day_times_fills";

async function beginOrResume({ to, bulk }: CopyEnds, source: string): Promise<CopyProgress> {
  const by = randomUUID();
  const stored = await readProgress(to.knex, "copy");
  if (stored !== undefined) {
    const place = JSON.parse(stored) as CopyProgress;
    if (place.source !== source) {
      throw new AppError(
        "config",
        "the target holds an unfinished copy, and the source has changed since that began: empty the target and begin again",
      );
    }
    const mine = { ...place, by };
    const take = () =>
      to.knex.transaction((trx) => advance(wrapTransaction(trx, bulk), "copy", stored, JSON.stringify(mine)));
    await retryWhileBusy(take);
    return mine;
  }
  for (const { table } of copyTables) {
    if (table === filledWhenNew || (await to.knex(table).first()) === undefined) continue;
    throw new AppError("config", `the target is not empty: its table ${table} holds rows. Give it an empty database`);
  }
  await retryWhileBusy(async () => void (await to.knex(filledWhenNew).delete()));
  const place: CopyProgress = { source, by, table: 0, after: null };
  await retryWhileBusy(() => beginOperation(to.knex, "copy", JSON.stringify(place)));
  return place;
}

async function copyTable(
  source: Knex.Transaction,
  { to, bulk }: CopyEnds,
  begin: CopyProgress,
  all: number,
  { batchRows, onProgress }: CopyOptions,
): Promise<CopyProgress> {
  const table = copyTables[begin.table] as CopyTable;
  let place = begin;
  let done = begin.after === null ? 0 : await countRows(to.knex, table.table);
  onProgress(table.table, done, all);
  for (;;) {
    const rows = await readRows(source, table, place.after, batchRows);
    const last = rows.at(-1);
    const next: CopyProgress =
      rows.length < batchRows || last === undefined
        ? { ...place, table: place.table + 1, after: null }
        : { ...place, after: table.key.map((column) => toCell(last[column])) };
    const [now, then] = [JSON.stringify(place), JSON.stringify(next)];
    await retryWhileBusy(() =>
      to.knex.transaction(async (trx) => {
        if (!(await advance(wrapTransaction(trx, bulk), "copy", now, then))) return;
        await writeRows(
          trx,
          bulk,
          table,
          rows.map((row) => table.columns.map((column) => toCell(row[column]))),
        );
      }),
    );
    place = next;
    done += rows.length;
    onProgress(table.table, done, all);
    if (place.table !== begin.table) return place;
  }
}

async function readRows(
  source: Knex.Transaction,
  { table, key, list }: CopyTable,
  after: CopyProgress["after"],
  limit: number,
): Promise<Row[]> {
  const order = key.join(", ");
  const afterKey = after === null ? "" : `where (${order}) > (${key.map(() => "?").join(", ")})`;
  const sql = `select ${list} from ${table} ${afterKey} order by ${order} limit ${limit}`;
  return toRows(await source.raw(sql, (after ?? []) as Knex.RawBinding[]));
}

async function writeRows(trx: Knex.Transaction, bulk: BulkSource, into: CopyTable, rows: Cell[][]): Promise<void> {
  await wrapTransaction(trx, bulk).write(
    into,
    rows,
    (from, columns) => `insert into ${into.table} (${columns}) select ${columns} from ${from} where true`,
  );
}

/** Booleans of PostgreSQL become 0 and 1, which both engines take. */
function toCell(value: unknown): Cell {
  return typeof value === "boolean" ? Number(value) : ((value ?? null) as Cell);
}

async function countRows(knex: Knex, table: string): Promise<number> {
  const [row] = toRows(await knex.raw(`select count(*) as count from ${table}`));
  return Number(row?.["count"]);
}

/**
 * Sets the sequences of the target past the copied ids, and past the ids of retired series. SQLite itself takes care of
 * copied ids. Where deliveries are partitioned, their keys are also stored apart.
 */
async function setSequences({ to }: CopyEnds): Promise<void> {
  if (to.engine !== "postgres") {
    const retired = "(select coalesce(max(rollup_id), 0) from retired_series)";
    await to.knex.raw(`insert into sqlite_sequence (name, seq) select 'rollups', 0
      where not exists (select 1 from sqlite_sequence where name = 'rollups')`);
    await to.knex.raw(`update sqlite_sequence set seq = max(seq, ${retired}) where name = 'rollups'`);
    return;
  }
  const partitioned = await isPartitioned(to.knex, to.engine);
  for (const { table, key } of copyTables) {
    if (key.join() !== "id") continue;
    const retired = table === "rollups" ? " union all select rollup_id from retired_series" : "";
    // With partitions, an id is more than what the sequence gave.
    const used = partitioned && table !== "rollups" ? buildSequencePart("id") : "id";
    await to.knex.raw(
      `select setval(pg_get_serial_sequence('${table}', 'id'), coalesce(max(${used}), 1), max(${used}) is not null)
       from (select id from ${table}${retired}) as used`,
    );
  }
  if (partitioned)
    await to.knex.raw(
      `insert into delivery_keys (key, id, dead) select key, id, outcome = 'dead_letter' from deliveries
       on conflict (key) do nothing`,
    );
}

/** Both sides must have the same number of rows and the same `/metrics/ledger`. */
async function verify(source: Knex.Transaction, { from, to }: CopyEnds, counts: Copied): Promise<void> {
  for (const [table, expected] of counts) {
    const found = await countRows(to.knex, table);
    if (found !== expected)
      throw new AppError("config", `the copy is not complete: ${table} has ${found} of ${expected} rows`);
  }
  const shown = [await readSnapshot({ ...from, knex: source }), await readSnapshot(to)].map((one) =>
    JSON.stringify(one),
  );
  if (shown[0] !== shown[1]) throw new AppError("config", "the copy does not show the same totals as its source");
}
