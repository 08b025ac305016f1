import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError } from "../../errors.ts";
import { refuseDamaged } from "./check-damage.ts";
import type { Connection } from "./connect.ts";
import { toRows } from "./transaction.ts";
import { isTransient, readDriverCode } from "./transient-errors.ts";

const directory = fileURLToPath(new URL("../../../../migrations", import.meta.url));

/** For Knex, here and in knexfile.ts. */
export const migrationConfig = { directory, tableName: "knex_migrations", loadExtensions: [".js"] } as const;

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const migrationLock = 7_310_000;

/**
 * Brings the schema up to date, in one transaction: a migrator that is killed leaves nothing behind, not even Knex's own
 * lock row, and of two at once the second waits and finds nothing to do. Throws `schema` for a database that a newer
 * version has migrated, or that is damaged, without touching it. Returns the names of what was applied.
 */
export async function migrate(connection: Connection): Promise<string[]> {
  await refuseNewer(connection);
  await refuseDamaged(connection);
  return connection.knex.transaction(async (trx) => {
    if (connection.engine === "postgres") await trx.raw("select pg_advisory_xact_lock(?)", [migrationLock]);
    // A write as the first statement takes SQLite's write lock at once instead of when it is too late to wait.
    else await trx.raw("pragma user_version = 1");
    const [, applied] = (await trx.migrate.latest(migrationConfig)) as [number, string[]];
    return applied;
  });
}

const timeoutMillis = 5000;
const pauseMillis = 250;

/** `migrate` at a start: another process may hold the lock, or the server may still be starting, so it tries for a while. */
export async function migratePatiently(
  connection: Connection,
  onWait: (error: unknown) => void = () => undefined,
): Promise<string[]> {
  const deadline = performance.now() + timeoutMillis;
  for (;;) {
    try {
      return await migrate(connection);
    } catch (error) {
      if (performance.now() >= deadline || !isWorthWaiting(error)) throw error;
      onWait(error);
      await new Promise((resume) => setTimeout(resume, pauseMillis));
    }
  }
}

/** A file that cannot be opened or written at the start needs a person, not time. */
function isWorthWaiting(error: unknown): boolean {
  return isTransient(error) && !/^SQLITE_(CANTOPEN|READONLY|FULL|IOERR)/.test(readDriverCode(error));
}

/** How a database's schema stands to this program's; `none`: it was never migrated by any version. Writes nothing. */
export async function schemaAge(connection: Connection): Promise<"none" | "older" | "current" | "newer"> {
  const applied = await appliedTo(connection);
  const own = ownMigrations();
  const known = own.filter((name) => applied.includes(name)).length;
  if (known === 0 && applied.length === 0) return "none";
  if (applied.length > known) return "newer";
  return known < own.length ? "older" : "current";
}

async function appliedTo({ knex }: Connection): Promise<string[]> {
  if (!(await knex.schema.hasTable(migrationConfig.tableName))) return [];
  return toRows(await knex.raw("select name from knex_migrations order by id")).map(({ name }) => String(name));
}

function ownMigrations(): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".js"));
}

/** Migrations in the database that this program does not have. */
async function refuseNewer(connection: Connection): Promise<void> {
  const own = new Set(ownMigrations());
  const foreign = (await appliedTo(connection)).filter((name) => !own.has(name));
  if (foreign.length === 0) return;
  throw new AppError(
    "schema",
    `the database was migrated by a newer version of Pipegauge (${foreign.join(", ")}): start that version, or restore a backup`,
  );
}
