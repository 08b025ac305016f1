import type { Database } from "better-sqlite3";
import type { Knex } from "knex";

export type Engine = "sqlite" | "postgres";
type ColumnType = "bigint" | "integer" | "text" | "double precision" | "boolean";
export type Cell = string | number | null;

/** The shape of rows that are handed to the database in bulk. */
export interface Input {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** A table expression called `given` that holds the rows of one bulk statement, its columns in the declared order. */
export interface Bulk {
  readonly from: string;
  readonly columns: string;
  readonly bindings: Knex.Value[];
}

/**
 * Hands rows to SQL as a table, so that one statement writes them all and its text never changes.
 * SQLite reads them straight from memory through a virtual table, PostgreSQL from one array a column.
 */
export interface BulkSource {
  readonly engine: Engine;
  rows(input: Input, rows: readonly (readonly Cell[])[]): Bulk;
}

/** Text that is compared byte by byte on both engines, whatever language a PostgreSQL database sorts by. */
export function inByteOrder(engine: Engine, expression: string): string {
  return engine === "postgres" ? `${expression} collate "C"` : expression;
}

/** The rows of the statement under way, by input. One connection, one statement at a time: nobody else can see them. */
export type SqliteRows = Map<string, readonly (readonly Cell[])[]>;

export function sqliteSource(current: SqliteRows): BulkSource {
  return {
    engine: "sqlite",
    rows(input, rows) {
      current.set(input.name, rows);
      return { from: `input_${input.name} as given`, columns: Object.keys(input.columns).join(", "), bindings: [] };
    },
  };
}

/** Registers the virtual tables on a connection: https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#tablename-definition---this */
export function registerInputs(database: Database, inputs: readonly Input[], current: SqliteRows): void {
  for (const { name, columns } of inputs) {
    database.table(`input_${name}`, {
      columns: Object.keys(columns),
      *rows() {
        yield* (current.get(name) ?? []) as Cell[][];
      },
    });
  }
}

export const postgresSource: BulkSource = {
  engine: "postgres",
  rows(input, rows) {
    const names = Object.keys(input.columns);
    const arrays = Object.values(input.columns).map((type) => `?::${type}[]`);
    return {
      from: `unnest(${arrays.join(", ")}) as given(${names.join(", ")})`,
      columns: names.join(", "),
      bindings: names.map((_, i) => rows.map((row) => row[i] ?? null)) as unknown as Knex.Value[],
    };
  },
};
