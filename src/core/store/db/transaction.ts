import type { Knex } from "knex";
import type { Row } from "./columns.ts";
import type { BulkSource, Cell, Rowset } from "./rowset.ts";

/** A value for a `?` of a statement. */
export type Binding = Cell | readonly number[] | Knex.Value;

/** One open transaction; the store runs all its statements through it. */
export interface Transaction {
  readonly bulk: BulkSource;
  /** Runs a statement over one rowset and returns its rows; `?` in the text is reserved for the rowset's bindings. */
  write(
    rowset: Rowset,
    rows: readonly (readonly Cell[])[],
    sql: (from: string, columns: string) => string,
  ): Promise<Row[]>;
  /** The same for a statement that returns no rows; returns the number of rows it changed. */
  change(
    rowset: Rowset,
    rows: readonly (readonly Cell[])[],
    sql: (from: string, columns: string) => string,
  ): Promise<number>;
  /**
   * Inserts rows and returns none. `onConflict`: the clause for rows whose key exists; without it, such a row is an error. On PostgreSQL it
   * may be sent only with the next statement that returns something, or with the commit, and an error is that statement's then.
   */
  insert(table: string, rowset: Rowset, rows: readonly (readonly Cell[])[], onConflict?: string): Promise<void>;
  /** Inserts rows; fails, as late as `insert`, with what `createError` returns where the key of one exists. */
  insertNew(table: string, rowset: Rowset, rows: readonly (readonly Cell[])[], createError: () => Error): Promise<void>;
  /**
   * Inserts one row after the other, and returns what became of each. Only SQLite has it, where it takes half the time of one statement
   * that reads all rows from a virtual table and returns some of them.
   */
  readonly insertEach?: InsertEach | undefined;
  /** A list is bound as an array, which PostgreSQL alone takes. */
  query(sql: string, bindings?: readonly Binding[]): Promise<Row[]>;
}

export function wrapTransaction(trx: Knex.Transaction, bulk: BulkSource): Transaction {
  const run: Runner["run"] = async (sql, bindings) =>
    toStatementResult(await trx.raw(sql, bindings as Knex.RawBinding[]));
  return createTransaction({ run }, bulk);
}

/** A driver's result of a statement. */
export interface StatementResult {
  readonly rows: Row[];
  /** Rows changed by a statement that returns no rows. */
  readonly changed: number;
}

/** What became of a row. */
interface InsertedRow {
  /** 0: its key exists, and the clause for that changed nothing. */
  readonly changes: number;
  /** The id of the last row that was inserted: of this one, unless its key existed. */
  readonly lastInsertRowid: number | bigint;
}

type InsertEach = (
  table: string,
  rowset: Rowset,
  rows: readonly (readonly Cell[])[],
  onConflict: string,
) => readonly InsertedRow[];

/** Runs statements in an open transaction. */
export interface Runner {
  readonly run: (sql: string, bindings: readonly Binding[]) => Promise<StatementResult>;
  /** Inserts rows, of which there is at least one; given where this is faster than a statement over all rows. */
  readonly insertRows?: (table: string, rowset: Rowset, rows: readonly (readonly Cell[])[], onConflict: string) => void;
  /** See `Transaction`. */
  readonly insertEach?: InsertEach;
  /** Takes a statement that is sent with the next one, and a check of the number of rows that it changed. */
  readonly postpone?: (sql: string, bindings: readonly Binding[], check: (changed: number) => void) => void;
}

export function createTransaction({ run, insertRows, insertEach, postpone }: Runner, bulk: BulkSource): Transaction {
  const query = async (sql: string, bindings: readonly Binding[] = []) => (await run(sql, bindings)).rows;
  return {
    bulk,
    query,
    insertEach,
    async write(rowset, rows, sql) {
      if (rows.length === 0) return [];
      const { from, columns, bindings } = bulk.rows(rowset, rows);
      return query(sql(from, columns), bindings);
    },
    async change(rowset, rows, sql) {
      if (rows.length === 0) return 0;
      const { from, columns, bindings } = bulk.rows(rowset, rows);
      return (await run(sql(from, columns), bindings)).changed;
    },
    async insert(table, rowset, rows, onConflict = "") {
      if (rows.length === 0) return;
      if (insertRows !== undefined) return insertRows(table, rowset, rows, onConflict);
      const { from, columns, bindings } = bulk.rows(rowset, rows);
      await run(`insert into ${table} (${columns}) select ${columns} from ${from} where true ${onConflict}`, bindings);
    },
    async insertNew(table, rowset, rows, createError) {
      if (rows.length === 0) return;
      const { from, columns, bindings } = bulk.rows(rowset, rows);
      const sql = `insert into ${table} (${columns}) select ${columns} from ${from} where true on conflict do nothing`;
      const check = (changed: number) => {
        if (changed < rows.length) throw createError();
      };
      if (postpone === undefined) check((await run(sql, bindings)).changed);
      else postpone(sql, bindings, check);
    },
  };
}

function toStatementResult(response: unknown): StatementResult {
  const { rowCount, changes } = response as { readonly rowCount?: number | null; readonly changes?: number };
  return { rows: toRows(response), changed: rowCount ?? changes ?? 0 };
}

/** Drivers differ: better-sqlite3 returns the rows (or a run summary), pg an object that holds them. */
export function toRows(response: unknown): Row[] {
  if (Array.isArray(response)) return response as Row[];
  const { rows } = response as { rows?: Row[] };
  return rows ?? [];
}
