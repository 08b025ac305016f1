import Database from "better-sqlite3";
import type { Row } from "../db/columns.ts";

/**
 * Reads all rows of one table of another program's SQLite file, which is opened read-only; `undefined` when it has no such
 * table. Throws the driver's error for a file that is not a SQLite database or is damaged.
 */
export function readForeignTable(file: string, table: string, columns: readonly string[]): Row[] | undefined {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const found = database.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table);
    if (found === undefined) return undefined;
    const names = [table, ...columns].map((name) => `"${name}"`);
    return database.prepare(`select ${names.slice(1).join(", ")} from ${names[0]}`).all() as Row[];
  } finally {
    database.close();
  }
}
