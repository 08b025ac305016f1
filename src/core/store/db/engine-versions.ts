import Database from "better-sqlite3";
import { createRequire } from "node:module";

/** The SQLite that is built in, and the drivers: `SQLite 3.51.1 (better-sqlite3 12.11.1)`, `PostgreSQL (pg 8.23.1)`. */
export function readEngineVersions(): readonly string[] {
  const load = createRequire(import.meta.url);
  const read = (name: string) => (load(`${name}/package.json`) as { readonly version: string }).version;
  const database = new Database(":memory:");
  const sqlite = String(database.prepare("select sqlite_version()").pluck().get());
  database.close();
  return [`SQLite ${sqlite} (better-sqlite3 ${read("better-sqlite3")})`, `PostgreSQL (pg ${read("pg")})`];
}
