import type { Database, RunResult } from "better-sqlite3";
import type { Connection } from "./connect.ts";
import { createMovedError } from "./watch-file.ts";
import { readRows } from "./sqlite-rows.ts";
import { createTransaction, type Binding, type StatementResult, type Transaction } from "./transaction.ts";
import type { Cell } from "./rowset.ts";

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
    const insertEach: Transaction["insertEach"] = (table, { list, placeholders }, rows, onConflict) =>
      runEach(database, `insert into ${table} (${list}) values (${placeholders}) ${onConflict}`, rows);
    const runner = {
      run: (sql: string, bindings: readonly Binding[]) => run(database, sql, bindings),
      insertRows: insertEach,
      insertEach,
    };
    const trx = createTransaction(runner, bulk);
    const result = await work(trx);
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
