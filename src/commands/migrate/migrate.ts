import type { Config } from "../../config/index.ts";
import { readMessage } from "../../core/errors.ts";
import { migrateDatabase } from "../../core/store/maintenance/index.ts";
import type { Log } from "../../log.ts";
import { describeNewDatabase } from "../new-database.ts";
import { printResult } from "../output.ts";

export interface MigrateOptions {
  /** The ledger is to be created with partitions, whatever the setting is. */
  readonly partitioned: boolean;
  readonly json: boolean;
}

/**
 * `pipegauge migrate`: migrates the database and prints the applied migrations. Throws `config` when the database cannot be
 * used and `schema`, without changing it, when a newer version has migrated it.
 */
export async function migrate(
  { databaseUrl, partitioned }: Config,
  log: Log,
  { partitioned: asked, json }: MigrateOptions,
): Promise<number> {
  const warning = describeNewDatabase(databaseUrl);
  // At debug level only: the error that ends this command contains the driver's messages.
  const debug = (message: string) => log.debug(message);
  const applied = await migrateDatabase(
    databaseUrl,
    { partitioned: asked || partitioned },
    { warn: debug, error: debug },
    (error) => log.debug({ error: readMessage(error) }, "waiting for the database"),
  );
  if (warning !== undefined) log.warn(warning);
  const lines = applied.map((name) => `applied ${name}`);
  printResult(json, lines.length === 0 ? ["nothing to apply: the database is up to date"] : lines, {
    new_database: warning !== undefined,
    applied,
  });
  return 0;
}
