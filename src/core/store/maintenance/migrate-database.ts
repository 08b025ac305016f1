import { AppError } from "../../errors.ts";
import { connect, type Connection, type DatabaseLog } from "../db/connect.ts";
import { describeFault } from "../db/describe-fault.ts";
import { maskUrl } from "../../mask-url.ts";
import { migratePatiently } from "../db/migrate.ts";

/**
 * Brings a database up to date and returns the names of the migrations that were applied. `onWait` gets the error of each
 * attempt for which the database was too busy. Throws `config` when the database cannot be used and `schema`, without
 * touching it, when it is a newer version's.
 */
export async function migrateDatabase(
  url: string,
  log: DatabaseLog,
  onWait: (error: unknown) => void,
): Promise<readonly string[]> {
  let connection: Connection | undefined;
  try {
    connection = connect(url, log);
    return await migratePatiently(connection, onWait);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw describeFault(error, `the database ${maskUrl(url)}`);
  } finally {
    await connection?.knex.destroy();
  }
}
