import type { Context } from "mocha";
import { leavePending } from "./tools.ts";

/** A query of DuckDB, whose rows are objects: numbers of 64 bits are texts, times `2026-11-20 12:00:00`. */
export type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string): Promise<{ connect(): Promise<DuckDbConnection>; closeSync(): void }>;
  };
}
interface DuckDbConnection {
  runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): readonly Readonly<Record<string, unknown>>[] }>;
  closeSync(): void;
}

const packageName = "@duckdb/node-api";

/**
 * DuckDB for a test, or in a `before` hook: `requireDuckDb.call(this)`. The package is optional: where it is missing the test is
 * pending and says why; on CI it fails.
 */
export async function requireDuckDb(this: Context): Promise<{ readonly query: Query; readonly close: () => void }> {
  let loaded: DuckDb;
  try {
    loaded = (await import(packageName)) as DuckDb;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
    return leavePending(this, `the optional package ${packageName} is not installed: call npm ci`);
  }
  const instance = await loaded.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  return {
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
