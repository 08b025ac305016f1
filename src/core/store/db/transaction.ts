import type { Knex } from "knex";
import type { Row } from "./columns.ts";
import type { BulkSource, Cell, Rowset } from "./rowset.ts";

/** What a statement's `?` stands for. */
export type Binding = Cell | readonly number[] | Knex.Value;

/** One open transaction. Nothing in the store speaks to the database but through it. */
export interface Transaction {
  readonly bulk: BulkSource;
  /** Runs a statement that is written around one rowset; `?` in the text stands for its bindings only. */
  write(
    rowset: Rowset,
    rows: readonly (readonly Cell[])[],
    sql: (from: string, columns: string) => string,
  ): Promise<Row[]>;
  /** The same for a statement that returns nothing: how many rows it changed. */
  change(
    rowset: Rowset,
    rows: readonly (readonly Cell[])[],
    sql: (from: string, columns: string) => string,
  ): Promise<number>;
  /** A list is bound as an array, which PostgreSQL alone takes. */
  query(sql: string, bindings?: readonly Binding[]): Promise<Row[]>;
}

export function transactionOn(trx: Knex.Transaction, bulk: BulkSource): Transaction {
  return transactionBy(async (sql, bindings) => readAnswer(await trx.raw(sql, bindings as Knex.RawBinding[])), bulk);
}

/** What a driver says of a statement. */
export interface Answer {
  readonly rows: Row[];
  /** Of a statement that returns no rows. */
  readonly changed: number;
}

/** `run` runs one statement in the open transaction. */
export function transactionBy(
  run: (sql: string, bindings: readonly Binding[]) => Promise<Answer>,
  bulk: BulkSource,
): Transaction {
  const query = async (sql: string, bindings: readonly Binding[] = []) => (await run(sql, bindings)).rows;
  return {
    bulk,
    query,
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
  };
}

function readAnswer(response: unknown): Answer {
  const { rowCount, changes } = response as { readonly rowCount?: number | null; readonly changes?: number };
  return { rows: toRows(response), changed: rowCount ?? changes ?? 0 };
}

/** Drivers differ: better-sqlite3 returns the rows (or a run summary), pg an object that holds them. */
export function toRows(response: unknown): Row[] {
  if (Array.isArray(response)) return response as Row[];
  const { rows } = response as { rows?: Row[] };
  return rows ?? [];
}
