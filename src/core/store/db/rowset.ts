import type { Database } from "better-sqlite3";
import type { Knex } from "knex";
import type { Column } from "./columns.ts";

export type Engine = "sqlite" | "postgres";

/** A value that both engines take in bulk. Booleans are 0 and 1, because SQLite takes nothing else. */
export type Cell = string | number | null;

/** The shape of rows that are passed to the database in bulk. */
export interface Rowset {
  readonly name: string;
  /** In the order of a row's cells. */
  readonly columns: readonly string[];
  /** The columns as a list for SQL. */
  readonly list: string;
  /** A `?` for each column. */
  readonly placeholders: string;
  /** The rows as a table called `given`, for PostgreSQL: one array a column. */
  readonly unnest: string;
}

export function rowset(name: string, columns: readonly Column[]): Rowset {
  const names = columns.map((column) => column.name);
  const list = names.join(", ");
  const arrays = columns.map(({ type }) => `?::${type}[]`);
  const placeholders = names.map(() => "?").join(", ");
  return { name, columns: names, list, placeholders, unnest: `unnest(${arrays.join(", ")}) as given(${list})` };
}

/** A table expression called `given` that holds the rows of one bulk statement, its columns in the declared order. */
export interface Bulk {
  readonly from: string;
  readonly columns: string;
  readonly bindings: Knex.Value[];
}

/**
 * Passes rows to SQL as a table, so that one statement writes them all and its text never changes.
 * SQLite reads them straight from memory through a virtual table, PostgreSQL from one array a column.
 */
export interface BulkSource {
  readonly engine: Engine;
  rows(rowset: Rowset, rows: readonly (readonly Cell[])[]): Bulk;
}

/** Text that is compared byte by byte on both engines, whatever language a PostgreSQL database sorts by. */
export function inByteOrder(engine: Engine, expression: string): string {
  return engine === "postgres" ? `${expression} collate "C"` : expression;
}

/** The rows of the statement under way, by rowset. One connection runs one statement at a time, so no other statement sees them. */
export type SqliteRows = Map<string, readonly (readonly Cell[])[]>;

export function createSqliteSource(current: SqliteRows): BulkSource {
  return {
    engine: "sqlite",
    rows({ name, list }, rows) {
      current.set(name, rows);
      return { from: `input_${name} as given`, columns: list, bindings: [] };
    },
  };
}

/** Registers the virtual tables on a connection: https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#tablename-definition---this */
export function registerRowsets(database: Database, rowsets: readonly Rowset[], current: SqliteRows): void {
  for (const { name, columns } of rowsets) {
    database.table(`input_${name}`, {
      columns: [...columns],
      *rows() {
        // `yield*` would make an object for each row.
        for (const row of current.get(name) ?? []) yield row;
      },
    });
  }
}

export const postgresSource: BulkSource = {
  engine: "postgres",
  rows({ columns, list, unnest }, rows) {
    return {
      from: unnest,
      columns: list,
      bindings: columns.map((_, i) => writeArray(rows, i)),
    };
  },
};

/**
 * A column of the rows as PostgreSQL reads an array: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. Given lists,
 * Knex looks through them and the driver escapes every element on its own, which takes longer than anything else here.
 */
function writeArray(rows: readonly (readonly Cell[])[], column: number): string {
  let elements = "";
  for (const row of rows) {
    const cell = row[column] ?? null;
    elements += `${elements === "" ? "" : ","}${writeElement(cell)}`;
  }
  return `{${elements}}`;
}

function writeElement(cell: Cell): string {
  if (cell === null) return "NULL";
  if (typeof cell === "number") return String(cell);
  return `"${/["\\]/.test(cell) ? cell.replaceAll(/["\\]/g, "\\$&") : cell}"`;
}
