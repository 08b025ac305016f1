import type { Knex } from "knex";
import type { Engine } from "./rowset.ts";

/**
 * For a transaction that reads one snapshot of the database. A SQLite transaction is one anyway, and Knex warns about
 * options that it ignores there.
 */
export function getSnapshotConfig(engine: Engine): Knex.TransactionConfig | undefined {
  return engine === "postgres" ? { isolationLevel: "repeatable read", readOnly: true } : undefined;
}
