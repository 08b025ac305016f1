import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError, messageOf } from "../errors.ts";
import type { Connection } from "./database.ts";
import { rowsOf } from "./transaction.ts";

const directory = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** For Knex, here and in knexfile.ts. */
export const migrationConfig = { directory, tableName: "knex_migrations", loadExtensions: [".js"] } as const;

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const migrationLock = 7_310_000;

/**
 * Brings the schema up to date, in one transaction: a migrator that is killed leaves nothing behind, not even Knex's own
 * lock row, and of two at once the second waits and finds nothing to do. Throws `schema` for a database that a newer
 * version has migrated, without touching it. Returns the names of what was applied.
 */
export async function migrate(connection: Connection): Promise<string[]> {
  await refuseNewer(connection);
  return connection.knex.transaction(async (trx) => {
    if (connection.engine === "postgres") await trx.raw("select pg_advisory_xact_lock(?)", [migrationLock]);
    // A write as the first statement takes SQLite's write lock at once instead of when it is too late to wait.
    else await trx.raw("pragma user_version = 1");
    const [, applied] = (await trx.migrate.latest(migrationConfig)) as [number, string[]];
    return applied;
  });
}

/** Migrations in the database that this program does not have. */
async function refuseNewer({ knex }: Connection): Promise<void> {
  if (!(await knex.schema.hasTable(migrationConfig.tableName))) return;
  const applied = rowsOf(await knex.raw("select name from knex_migrations order by id")).map(({ name }) =>
    String(name),
  );
  const own = new Set(readdirSync(directory));
  const foreign = applied.filter((name) => !own.has(name));
  if (foreign.length === 0) return;
  throw new AppError(
    "schema",
    `the database was migrated by a newer version of Pipegauge (${foreign.join(", ")}): start that version, or restore a backup`,
  );
}

/** Names of the migrations that still have to be applied. */
export async function pendingMigrations({ knex }: Connection): Promise<string[]> {
  try {
    const applied = rowsOf(await knex.raw("select name from knex_migrations")).map(({ name }) => String(name));
    return readdirSync(directory).filter((name) => name.endsWith(".js") && !applied.includes(name));
  } catch (error) {
    if (/no such table|does not exist/.test(messageOf(error))) return readdirSync(directory);
    throw error;
  }
}
