import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Knex } from "knex";
import { AppError } from "../../errors.ts";
import { refuseDamaged } from "./check-damage.ts";
import type { Connection } from "./connect.ts";
import { createPartitioned } from "./create-partitioned.ts";
import { isPartitioned } from "./partitions.ts";
import { toRows } from "./transaction.ts";
import { isTransient, readDriverCode } from "./transient-errors.ts";

const directory = fileURLToPath(new URL("../../../../migrations", import.meta.url));

/** For Knex, here and in knexfile.ts. */
export const migrationConfig = { directory, tableName: "knex_migrations", loadExtensions: [".js"] } as const;

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const migrationLock = 7_310_000;

/** The migration whose tables are partitioned, where that is asked for, before all others. */
const firstMigration = "20261121000000_create_ledger.js";

export interface TableOptions {
  /** Create the ledger with partitions. Throws `config` for one that was created without, and for SQLite, which has none. */
  readonly partitioned?: boolean;
}

/**
 * Migrates the schema to the current version in one transaction: a migrator that is killed leaves nothing behind, not even
 * Knex's own lock row, and of two at once the second waits and finds nothing to do. Throws `schema`, without changing the
 * database, when a newer version has migrated it or it is damaged. Returns the names of the applied migrations.
 */
export async function migrate(connection: Connection, { partitioned = false }: TableOptions = {}): Promise<string[]> {
  const { engine, knex } = connection;
  if (partitioned && engine !== "postgres")
    throw new AppError("config", "SQLite has no partitions: leave out --partitioned and PIPEGAUGE_PARTITIONED");
  await refuseNewer(connection);
  await refuseDamaged(connection);
  return knex.transaction(async (trx) => {
    if (engine === "postgres") await trx.raw("select pg_advisory_xact_lock(?)", [migrationLock]);
    // A write as the first statement takes SQLite's write lock at once: a later upgrade of a read lock fails without waiting.
    else await trx.raw("pragma user_version = 1");
    const first = partitioned ? await migratePartitioned(trx) : [];
    const [, applied] = (await trx.migrate.latest(migrationConfig)) as [number, string[]];
    // As if all had been applied at once: of a ledger with two batches the second one is taken for an upgrade.
    if (first.length > 0) await trx("knex_migrations").update({ batch: 1 });
    return [...first, ...applied];
  });
}

/** Creates the partitioned tables in an empty database; nothing where they are there. Returns the applied migration. */
async function migratePartitioned(trx: Knex.Transaction): Promise<string[]> {
  if (await isPartitioned(trx, "postgres")) return [];
  if (await trx.schema.hasTable("runs"))
    throw new AppError(
      "config",
      "this ledger was created without partitions, and they cannot be added to one: migrate an empty database with --partitioned, then `pipegauge copy` into it",
    );
  const [, applied] = (await trx.migrate.up({ ...migrationConfig, name: firstMigration })) as [number, string[]];
  await createPartitioned(trx);
  return applied;
}

const timeoutMillis = 5000;
const pauseMillis = 250;

/** `migrate` at a start: retries for 5 s, as another process may hold the lock, or the server may still be starting. */
export async function migrateWithRetry(
  connection: Connection,
  options: TableOptions = {},
  onRetry: (error: unknown) => void = () => undefined,
): Promise<string[]> {
  const deadline = performance.now() + timeoutMillis;
  for (;;) {
    try {
      return await migrate(connection, options);
    } catch (error) {
      if (performance.now() >= deadline || !isWorthRetry(error)) throw error;
      onRetry(error);
      await new Promise((resume) => setTimeout(resume, pauseMillis));
    }
  }
}

/** Whether a retry may help. A file that cannot be opened or written at the start needs a person. */
function isWorthRetry(error: unknown): boolean {
  return isTransient(error) && !/^SQLITE_(CANTOPEN|READONLY|FULL|IOERR)/.test(readDriverCode(error));
}

/** Compares a database's schema with this program's; `none`: no version ever migrated it. Writes nothing. */
export async function readSchemaAge(connection: Connection): Promise<"none" | "older" | "current" | "newer"> {
  const applied = await readApplied(connection);
  const own = listOwnMigrations();
  const common = own.filter((name) => applied.includes(name)).length;
  if (common === 0 && applied.length === 0) return "none";
  if (applied.length > common) return "newer";
  return common < own.length ? "older" : "current";
}

async function readApplied({ knex }: Connection): Promise<string[]> {
  if (!(await knex.schema.hasTable(migrationConfig.tableName))) return [];
  return toRows(await knex.raw("select name from knex_migrations order by id")).map(({ name }) => String(name));
}

function listOwnMigrations(): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".js"));
}

/** Throws when the database has migrations that this program does not have. */
async function refuseNewer(connection: Connection): Promise<void> {
  const own = new Set(listOwnMigrations());
  const foreign = (await readApplied(connection)).filter((name) => !own.has(name));
  if (foreign.length === 0) return;
  throw new AppError(
    "schema",
    `the database was migrated by a newer version of Pipegauge (${foreign.join(", ")}): start that version, or restore a backup`,
  );
}
