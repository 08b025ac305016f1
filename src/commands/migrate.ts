import type { Config } from "../config/index.ts";
import { maskedUrl } from "../core/store/db/mask-url.ts";
import { AppError, messageOf } from "../core/errors.ts";
import { connect, type Connection } from "../core/store/db/connect.ts";
import { describeFault } from "../core/store/db/describe-fault.ts";
import { migratePatiently } from "../core/store/db/migrate.ts";
import type { Log } from "../log.ts";

/**
 * `pipegauge migrate`: brings the database up to date and prints what was applied. Throws `config` when the database
 * cannot be used and `schema`, without touching it, when it is a newer version's.
 */
export async function migrateDatabase({ databaseUrl }: Config, log: Log): Promise<number> {
  let connection: Connection | undefined;
  try {
    // What the driver complains about on its way is in the error that this command ends with.
    const aside = (message: string) => log.debug(message);
    connection = connect(databaseUrl, { warn: aside, error: aside });
    const applied = await migratePatiently(connection, (error) =>
      log.debug({ error: messageOf(error) }, "waiting for the database"),
    );
    const lines =
      applied.length === 0
        ? ["nothing to apply: the database is up to date"]
        : applied.map((name) => `applied ${name}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw describeFault(error, `the database ${maskedUrl(databaseUrl)}`);
  } finally {
    await connection?.knex.destroy();
  }
}
