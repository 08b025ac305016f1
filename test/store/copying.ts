import { copyTables } from "../../src/core/store/maintenance/copy-tables.ts";
import { copyLedger } from "../../src/core/store/maintenance/copy.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { noLog } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";

interface Progress {
  readonly table: string;
  readonly done: number;
}

/** Copies, and stops with an error when `stopAt` says so. */
export function copying(
  from: string,
  to: string,
  batchRows = 7,
  stopAt: (progress: Progress) => boolean = () => false,
) {
  return copyLedger({ from, to }, noLog, {
    batchRows,
    onProgress(table, done) {
      if (stopAt({ table, done })) throw new Error("stopped on purpose");
    },
  });
}

/** The exposition in both formats. */
export async function exposed(store: TestStore): Promise<string[]> {
  const snapshot = await store.snapshot();
  return (["text", "openmetrics"] as const).map((format) => [...renderLedger(snapshot, format)].join(""));
}

/** Every cell of every table but those that describe the database itself. */
export async function everything(store: TestStore): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const { table, key, columns } of copyTables) {
    const found = await rows(store, `select * from ${table} order by ${key.join(", ")}`);
    all[table] = found
      .map((row) => columns.map((column) => (typeof row[column] === "boolean" ? Number(row[column]) : row[column])))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return all;
}
