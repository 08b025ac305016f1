import type { Config } from "../../config/index.ts";
import { readMessage } from "../../core/errors.ts";
import { migrateDatabase } from "../../core/store/maintenance/index.ts";
import type { Log } from "../../log.ts";

/**
 * `pipegauge migrate`: migrates the database and prints the applied migrations. `asked`: the ledger is to be created with
 * partitions, whatever the setting says. Throws `config` when the database cannot be
 * used and `schema`, without changing it, when a newer version has migrated it.
 */
export async function migrate({ databaseUrl, partitioned }: Config, asked: boolean, log: Log): Promise<number> {
  // At debug level only: the error that ends this command contains the driver's messages.
  const debug = (message: string) => log.debug(message);
  const applied = await migrateDatabase(
    databaseUrl,
    { partitioned: asked || partitioned },
    { warn: debug, error: debug },
    (error) => log.debug({ error: readMessage(error) }, "waiting for the database"),
  );
  const lines = applied.map((name) => `applied ${name}`);
  process.stdout.write(`${lines.length === 0 ? "nothing to apply: the database is up to date" : lines.join("\n")}\n`);
  return 0;
}
