import type { Config } from "../../config/index.ts";
import { readMessage } from "../../core/errors.ts";
import { migrateDatabase } from "../../core/store/maintenance/index.ts";
import type { Log } from "../../log.ts";

/**
 * `pipegauge migrate`: brings the database up to date and prints what was applied. Throws `config` when the database
 * cannot be used and `schema`, without touching it, when it is a newer version's.
 */
export async function migrate({ databaseUrl }: Config, log: Log): Promise<number> {
  // The error that this command ends with names what the driver logs on its way to it.
  const debug = (message: string) => log.debug(message);
  const applied = await migrateDatabase(databaseUrl, { warn: debug, error: debug }, (error) =>
    log.debug({ error: readMessage(error) }, "waiting for the database"),
  );
  const lines = applied.map((name) => `applied ${name}`);
  process.stdout.write(`${lines.length === 0 ? "nothing to apply: the database is up to date" : lines.join("\n")}\n`);
  return 0;
}
