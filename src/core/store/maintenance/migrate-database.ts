import { AppError } from "../../errors.ts";
import { connect, type Connection, type DatabaseLog } from "../db/connect.ts";
import { describeFault } from "../db/describe-fault.ts";
import { maskUrl } from "../../mask-url.ts";
import { migrateWithRetry, type TableOptions } from "../db/migrate.ts";

/**
 * Migrates a database to the current version and returns the names of the applied migrations. `onRetry` gets the error of each
 * attempt for which the database was too busy. Throws `config` when the database cannot be used and `schema`, without
 * changing it, when a newer version has migrated it.
 */
export async function migrateDatabase(
  url: string,
  options: TableOptions,
  log: DatabaseLog,
  onRetry: (error: unknown) => void,
): Promise<readonly string[]> {
  let connection: Connection | undefined;
  try {
    connection = connect(url, log);
    return await migrateWithRetry(connection, options, onRetry);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw describeFault(error, `the database ${maskUrl(url)}`);
  } finally {
    await connection?.knex.destroy();
  }
}
