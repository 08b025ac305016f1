import { existsSync, statSync } from "node:fs";
import { describeDatabase } from "../config/describe-database.ts";

/** A warning where opening this database creates it: most often its path is misspelt. `undefined`: it exists, or is no file. */
export function describeNewDatabase(databaseUrl: string): string | undefined {
  const file = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : ":memory:";
  if (file === ":memory:" || (existsSync(file) && statSync(file).size > 0)) return undefined;
  return `new database: there was no ${describeDatabase(databaseUrl)}. If there should be one, correct the database URL`;
}
