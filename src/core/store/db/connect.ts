import type { Database, Statement } from "better-sqlite3";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Knex } from "knex";
import knexModule from "knex";
import { AppError } from "../../errors.ts";
import { parseDatabaseTls } from "../../parse-database-tls.ts";
import { registerPercentiles } from "./percentiles.ts";
import { rowsets } from "./rowsets.ts";
import {
  postgresSource,
  registerRowsets,
  createSqliteSource,
  type BulkSource,
  type Engine,
  type SqliteRows,
} from "./rowset.ts";
import { poolWithStallDetection } from "./stalled-connections.ts";
import { watchFile } from "./watch-file.ts";
import { describeFault } from "./describe-fault.ts";

/** An open database: Knex, and the way this engine takes rows in bulk. */
export interface Connection {
  readonly engine: Engine;
  readonly knex: Knex;
  readonly bulk: BulkSource;
  /** Drops idle connections, after another connection was lost: they are probably dead too. */
  readonly renew: () => void;
  /** Breaks all connections to PostgreSQL, so that a statement without an answer does not keep the process from ending. */
  readonly abandon: () => void;
  /** True once SQLite's file is no longer the one that was opened. */
  readonly isMoved: () => boolean;
}

export interface DatabaseLog {
  warn(message: string): void;
  error(message: string): void;
}

/** Milliseconds for which SQLite may block the event loop on a lock; after it the ledger retries asynchronously. */
const busyMillis = 50;

/** `sqlite:<path>` or `postgres://…` → the engine. Throws `config` for anything else. */
export function parseEngine(url: string): Engine {
  if (url.startsWith("sqlite:")) return "sqlite";
  if (/^postgres(ql)?:\/\//.test(url)) return "postgres";
  throw new AppError("config", `database URL "${url.split(":")[0]}:…" is neither sqlite:<path> nor postgres://…`);
}

/** The most connections to PostgreSQL of a process without threads; one with threads has eight. */
const connectionsMax = 6;

/** Connects lazily: whether the database can be used shows in `openStore`. */
export function connect(url: string, log: DatabaseLog, connections = connectionsMax): Connection {
  if (parseEngine(url) === "postgres") {
    const { renew, abandon, ...pool } = poolWithStallDetection();
    const knex = knexModule(createPostgresConfig(url, log, { ...pool, max: connections }));
    return { engine: "postgres", knex, bulk: postgresSource, renew, abandon, isMoved: () => false };
  }
  const current: SqliteRows = new Map();
  const filename = url.slice("sqlite:".length);
  let isMoved = () => false;
  const opened = () => {
    if (filename !== ":memory:") isMoved = watchFile(filename);
  };
  const knex = knexModule(createSqliteConfig(filename, current, log, opened));
  return {
    engine: "sqlite",
    knex,
    bulk: createSqliteSource(current),
    renew: () => undefined,
    abandon: () => undefined,
    isMoved: () => isMoved(),
  };
}

function createSqliteConfig(filename: string, current: SqliteRows, log: DatabaseLog, opened: () => void): Knex.Config {
  if (filename !== ":memory:") makeFolder(dirname(resolve(filename)));
  return {
    client: "better-sqlite3",
    connection: { filename },
    useNullAsDefault: true,
    log: createKnexLog(log),
    pool: {
      min: 1,
      max: 1,
      afterCreate(database: Database, done: (error: Error | null, database: Database) => void) {
        try {
          prepareSqlite(database, current);
          opened();
          done(null, database);
        } catch (error) {
          done(describeFault(error, `${filename} as a database`, filename), database);
        }
      },
    },
  };
}

/** Makes the last folder of a path. More than that is missing where the path is misspelt, or where a volume is not mounted. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder)))
    throw new Error(`the folder ${dirname(folder)} does not exist: make it, or correct the path`);
  mkdirSync(folder);
}

/** Every acknowledged delivery must survive a power loss; better-sqlite3's default in WAL mode (NORMAL) does not guarantee it. */
function prepareSqlite(database: Database, current: SqliteRows): void {
  database.pragma(`busy_timeout = ${busyMillis}`);
  // Lets retention free pages in small steps. It works only in a new file; in an existing one it would be a needless write.
  if (database.pragma("page_count", { simple: true }) === 0) database.pragma("auto_vacuum = INCREMENTAL");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  // A checkpoint each 16 MB instead of each 4: it waits for two flushes, and writes a page that changed often only once.
  database.pragma("wal_autocheckpoint = 4000");
  database.pragma("journal_size_limit = 67108864");
  // 4 MiB: enough for what a batch changes; the operating system caches the rest.
  database.pragma("cache_size = -4096");
  if (database.pragma("synchronous", { simple: true }) !== 2) throw new Error("SQLite did not accept synchronous=FULL");
  registerRowsets(database, rowsets, current);
  registerPercentiles(database);
  cacheStatements(database);
}

/** Statements to cache. Their texts never change (rows come through rowsets), so there are few; Knex would compile each anew. */
const statementsMax = 200;

/** Prefix of a statement whose rows are to be arrays: for thirty columns the driver takes four times as long to make objects. */
const arraysMark = "/* rows as arrays */ ";

function cacheStatements(database: Database): void {
  const cache = new Map<string, Statement>();
  const prepare = database.prepare.bind(database);
  const prepareOnce = (sql: string): Statement => {
    const cached = cache.get(sql);
    if (cached !== undefined) return cached;
    const statement = sql.startsWith(arraysMark) ? prepare(sql).raw() : prepare(sql);
    if (cache.size < statementsMax) cache.set(sql, statement);
    return statement;
  };
  database.prepare = prepareOnce as typeof database.prepare;
}

/** Reads the rows of a query as arrays of cells, in the order of its columns: for many rows of many columns. */
export async function readArrays(trx: Knex, sql: string, bindings: readonly Knex.Value[] = []): Promise<unknown[][]> {
  // The prefix is for SQLite's driver, the option for PostgreSQL's.
  const response: unknown = await trx.raw(arraysMark + sql, bindings).options({ rowMode: "array" });
  return Array.isArray(response) ? (response as unknown[][]) : (response as { rows: unknown[][] }).rows;
}

/** A PostgreSQL URL as the driver takes it, with the files that its TLS parameters name. */
export function parsePostgresUrl(databaseUrl: string): Pick<Knex.PgConnectionConfig, "connectionString" | "ssl"> {
  const { url, ssl } = parseDatabaseTls(databaseUrl, (file) => readFileSync(file, "utf8"));
  return { connectionString: url, ...(ssl === undefined ? {} : { ssl }) };
}

function createPostgresConfig(databaseUrl: string, log: DatabaseLog, pool: Knex.PoolConfig): Knex.Config {
  return {
    client: "pg",
    connection: {
      ...parsePostgresUrl(databaseUrl),
      application_name: "pipegauge",
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 3000,
    },
    log: createKnexLog(log),
    acquireConnectionTimeout: 5000,
    pool: { min: 0, ...pool },
  };
}

/** Routes Knex's console output to our log. */
function createKnexLog(log: DatabaseLog): Knex.Logger {
  return {
    warn: (message: unknown) => log.warn(String(message)),
    error: (message: unknown) => log.error(String(message)),
    deprecate: (method: string) => log.warn(`knex: ${method} is deprecated`),
    debug: () => undefined,
  };
}
