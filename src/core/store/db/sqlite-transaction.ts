import type { Database, RunResult } from "better-sqlite3";
import type { Connection } from "./connect.ts";
import { createMovedError } from "./watch-file.ts";
import { readRows } from "./sqlite-rows.ts";
import { createTransaction, type Runner, type StatementResult, type Transaction } from "./transaction.ts";
import type { Cell, Rowset } from "./rowset.ts";

/** Where Knex keeps its connections. */
interface Pool {
  acquireConnection(): Promise<Database>;
  releaseConnection(database: Database): Promise<void>;
}

/**
 * A transaction on Knex's connection without Knex: its overhead for the transaction and for each statement takes as long as
 * the statements of a small batch.
 */
export async function runSqliteTransaction<T>(
  { knex, bulk, isMoved }: Connection,
  work: (trx: Transaction) => Promise<T>,
): Promise<T> {
  const pool = knex.client as Pool;
  const database = await pool.acquireConnection();
  try {
    database.prepare("begin immediate").run();
    const runner: Runner = {
      run: (sql, bindings) => run(database, sql, bindings),
      insertRows: (table, rowset, rows, onConflict) => insertRows(database, table, rowset, rows, onConflict),
      insertEach: (table, { list, placeholders }, rows, onConflict) =>
        runEach(database, `insert into ${table} (${list}) values (${placeholders}) ${onConflict}`, rows),
    };
    const result = await work(createTransaction(runner, bulk));
    database.prepare("commit").run();
    // A file that was deleted or replaced is lost when the process ends, so its deliveries must not be acknowledged.
    if (isMoved()) throw createMovedError();
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  } finally {
    await pool.releaseConnection(database);
  }
}

/** Rolls back without an error of its own: the first error is the one to report. A full disk ends the transaction itself. */
function rollBack(database: Database): void {
  try {
    if (database.inTransaction) database.prepare("rollback").run();
  } catch {
    // The next transaction cannot begin then, and rolls back the rest of this one.
  }
}

/** Rows in one statement: as many as are left of these, so that there are few statements to compile. */
const sizes = [32, 8, 2, 1] as const;

/**
 * Inserts many rows in few statements: a row of 25 columns takes 3.6 µs of processor time, and 4.6 in a statement of its own. With `or fail`
 * SQLite need not be able to undo a statement of which a later row fails, and keeps no journal of each page that it changes
 * (https://www.sqlite.org/tempfiles.html#statement_journal_files). The whole transaction is rolled back then anyway.
 */
function insertRows(
  database: Database,
  table: string,
  { list, placeholders, columns: { length: width } }: Rowset,
  rows: readonly (readonly Cell[])[],
  onConflict: string,
): void {
  let from = 0;
  for (const size of sizes) {
    if (rows.length - from < size) continue;
    const all = `(${placeholders})${`, (${placeholders})`.repeat(size - 1)}`;
    const statement = database.prepare<Cell[]>(`insert or fail into ${table} (${list}) values ${all} ${onConflict}`);
    const cells = Array<Cell>(size * width);
    for (; rows.length - from >= size; from += size) {
      for (let i = 0, at = 0; i < size; i++) {
        const row = rows[from + i] as readonly Cell[];
        for (let column = 0; column < width; column++) cells[at++] = row[column] as Cell;
      }
      statement.run(...cells);
    }
  }
}

/** Binding a row takes less time than reading it from a virtual table, where each cell is a call from SQLite into the driver. */
function runEach(database: Database, sql: string, rows: readonly (readonly Cell[])[]): RunResult[] {
  const statement = database.prepare<Cell[]>(sql);
  return rows.map((row) => statement.run(...row));
}

async function run(database: Database, sql: string, bindings: readonly unknown[]): Promise<StatementResult> {
  const statement = database.prepare<unknown[], unknown[]>(sql);
  if (statement.reader) return { rows: readRows(database, statement, bindings), changed: 0 };
  return { rows: [], changed: statement.run(...bindings).changes };
}
