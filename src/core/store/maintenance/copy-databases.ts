import type { Database } from "better-sqlite3";
import { existsSync } from "node:fs";
import type { Knex } from "knex";
import { AppError, readDriverMessage } from "../../errors.ts";
import { copyTables } from "./copy-tables.ts";
import { connect, type Connection, type DatabaseLog } from "../db/connect.ts";
import { postgresSource, registerRowsets, createSqliteSource, type BulkSource, type SqliteRows } from "../db/rowset.ts";
import { migrate, readSchemaAge } from "../db/migrate.ts";
import { toRows } from "../db/transaction.ts";
import { maskUrl } from "../../mask-url.ts";

/** Which database is copied into which. */
export interface CopyUrls {
  readonly from: string;
  readonly to: string;
}

/** The two databases of a copy, and how the target takes rows in bulk. */
export interface CopyEnds {
  readonly from: Connection;
  readonly to: Connection;
  readonly bulk: BulkSource;
}

/** Opens both databases for `work`, prepares the target, and closes them. */
export async function withCopyEnds<T>(
  urls: CopyUrls,
  log: DatabaseLog,
  work: (ends: CopyEnds) => Promise<T>,
): Promise<T> {
  const file = urls.from.startsWith("sqlite:") ? urls.from.slice("sqlite:".length) : undefined;
  if (file !== undefined && !existsSync(file)) throw createUnusableError("--from", urls.from, "file not found");
  const open: Connection[] = [];
  const opened = (url: string): Connection => {
    const connection = connect(url, log);
    open.push(connection);
    return connection;
  };
  try {
    const from = await openChecked(
      "--from",
      urls.from,
      () => opened(urls.from),
      (connection, name) => checkSource(connection, name, "copy"),
    );
    const to = await openChecked("--to", urls.to, () => opened(urls.to), prepareTarget);
    const bulk = await createBulkSource(to);
    return await work({ from, to, bulk }).catch((error: unknown) => {
      if (error instanceof AppError) throw error;
      throw new AppError("unavailable", `the copy stopped: ${readDriverMessage(error)}`, { cause: error });
    });
  } finally {
    for (const { knex } of open) await knex.destroy();
  }
}

async function openChecked(
  flag: string,
  url: string,
  open: () => Connection,
  check: (connection: Connection, name: string) => Promise<void>,
): Promise<Connection> {
  try {
    const connection = open();
    await check(connection, `${flag} ${maskUrl(url)}`);
    return connection;
  } catch (error) {
    if (error instanceof AppError && error.cause === undefined) throw error;
    throw createUnusableError(flag, url, readDriverMessage(error), error);
  }
}

function createUnusableError(flag: string, url: string, reason: string, cause?: unknown): AppError {
  return new AppError("config", `${flag}: cannot use the database ${maskUrl(url)}: ${reason}`, { cause });
}

/** Throws where the database that a command only reads is not of this version. */
export async function checkSource(connection: Connection, name: string, command: "copy" | "export"): Promise<void> {
  const age = await readSchemaAge(connection);
  if (age === "none") throw new AppError("config", `${name} is no database of Pipegauge`);
  refuseOther(age, name, command);
}

async function prepareTarget(connection: Connection, name: string): Promise<void> {
  const age = await readSchemaAge(connection);
  if (age !== "none") return refuseOther(age, name, "copy");
  await migrate(connection);
}

function refuseOther(age: "older" | "newer" | "current", name: string, command: "copy" | "export"): void {
  if (age === "current") return;
  const remedy =
    age === "older" ? "bring it up to date with `pipegauge migrate` first" : `${command} it with that version`;
  throw new AppError(
    "schema",
    `${name} is of ${age === "older" ? "an older" : "a newer"} version of Pipegauge: ${remedy}`,
  );
}

/** A SQLite connection takes rows through virtual tables, which must be registered first. */
async function createBulkSource({ engine, knex }: Connection): Promise<BulkSource> {
  if (engine === "postgres") return postgresSource;
  const current: SqliteRows = new Map();
  const client = knex.client as {
    acquireConnection(): Promise<Database>;
    releaseConnection(database: Database): Promise<void>;
  };
  // The pool has only one connection, and it stays open.
  const database = await client.acquireConnection();
  registerRowsets(database, copyTables, current);
  await client.releaseConnection(database);
  return createSqliteSource(current);
}

/** The number of rows of each table, and a text that changes with every write. */
export async function readSourceState(
  source: Knex.Transaction,
): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly state: string }> {
  const counts = new Map<string, number>();
  for (const { table } of copyTables) {
    const [row] = toRows(await source.raw(`select count(*) as count from ${table}`));
    counts.set(table, Number(row?.["count"]));
  }
  const [last] = toRows(
    await source.raw(`
      select (select max(id) from deliveries) as delivery, (select max(id) from runs) as run,
        (select max(updated_at) from runs) as updated_at, (select sum(count) from rollups) as counted,
        (select sum(sum_millis) from rollups) as millis, (select sum(count) from rollup_shards) as sharded`),
  );
  const marks = Object.entries(last ?? {}).map(([name, mark]) => [name, mark === null ? null : Number(mark)]);
  return { counts, state: JSON.stringify([...counts, ...marks]) };
}
