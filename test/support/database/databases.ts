import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import type { Context } from "mocha";
import { scratchFolder } from "../scratch.ts";
import { join } from "node:path";
import { Client } from "pg";
import { firstShardLock } from "../../../src/core/store/db/shards.ts";
import { connect, type DatabaseLog } from "../../../src/core/store/db/connect.ts";
import type { Engine } from "../../../src/core/store/db/rowset.ts";
import type { StoreOptions } from "../../../src/core/store/index.ts";
import { migrate } from "../../../src/core/store/db/migrate.ts";
import { migrateByMonth } from "./migrate-by-month.ts";
import { openTestStore, type TestStore } from "./test-store.ts";

/** A database engine that the contract suites run on. */
export interface TestDatabase {
  readonly name: "SQLite" | "PostgreSQL";
  readonly engine: Engine;
  /** Why it cannot be used here. */
  readonly missing?: string | undefined;
  /** A new database, with the newest schema or with none. */
  create(schema: "migrated" | "empty"): Promise<{ readonly url: string; drop(): Promise<void> }>;
}

/** The same, with several shards of the totals that its stores may add to, or with partitions. */
export interface ShardedDatabase extends Omit<TestDatabase, "name"> {
  readonly name: TestDatabase["name"] | "PostgreSQL, in shards" | "PostgreSQL, in partitions";
  readonly shards?: number;
}

/** Databases and stores of one `describe`; what a test made is closed and dropped after it. */
export interface Sandbox {
  readonly url: (schema?: "migrated" | "empty") => Promise<string>;
  readonly store: (options?: Partial<StoreOptions>) => Promise<TestStore>;
  /** Closes and drops now; for a test that makes many. */
  readonly clear: () => Promise<void>;
}

/** When tests say it is. Every moment in a test lies shortly before. */
export const now = Date.UTC(2026, 10, 20, 12);

/** Anything a store logs is unexpected, unless a test says otherwise. */
export const noLog: DatabaseLog = {
  warn: (message) => unexpected(message),
  error: (message) => unexpected(message),
};

function unexpected(message: string): never {
  throw new Error(`the store logged: ${message}`);
}

const folder = mkdtempSync(join(scratchFolder(), "pipegauge-databases-"));
const dropLast: (() => Promise<void>)[] = [];
let made = 0;
/** A test that imports a module with a top-level await is loaded as another kind of module, and this one a second time for it. */
const instance = randomBytes(4).toString("hex");

after("drop the template databases", async () => {
  for (const drop of dropLast.toReversed()) await drop();
  rmSync(folder, { recursive: true, force: true });
});

const sqlite: TestDatabase = {
  name: "SQLite",
  engine: "sqlite",
  async create(schema) {
    const file = join(folder, `${++made}.db`);
    if (schema === "migrated") copyFileSync(await sqliteTemplate(), file);
    return {
      url: `sqlite:${file}`,
      async drop() {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
      },
    };
  },
};

const server = process.env["TEST_DATABASE_URL"] ?? "";

const postgres: TestDatabase = {
  name: "PostgreSQL",
  engine: "postgres",
  missing: server === "" ? "TEST_DATABASE_URL is not set: npm run test:postgres sets it" : undefined,
  async create(schema) {
    return createPostgres(schema === "migrated" ? await postgresTemplate() : "template0");
  },
};

/** All that is counted goes to other shards than 0, because that one is held. */
const postgresShards: ShardedDatabase = {
  name: "PostgreSQL, in shards",
  engine: "postgres",
  missing: postgres.missing,
  shards: 4,
  async create(schema) {
    const created = await postgres.create(schema);
    const holder = new Client({ connectionString: created.url });
    await holder.connect();
    await holder.query(`begin; select pg_advisory_xact_lock(${firstShardLock})`);
    return {
      url: created.url,
      async drop() {
        await holder.end();
        await created.drop();
      },
    };
  },
};

/** The ledger is stored by month, and what a test records is in several of them. */
const postgresPartitions: ShardedDatabase = {
  name: "PostgreSQL, in partitions",
  engine: "postgres",
  missing: postgres.missing,
  async create(schema) {
    return createPostgres(schema === "migrated" ? await partitionedTemplate() : "template0");
  },
};

/** The suites of the store run on each of them. */
export const databases: readonly TestDatabase[] = [sqlite, postgres];

/** For suites about what is counted, and how it is shown. */
export const databasesAndShards: readonly ShardedDatabase[] = [...databases, postgresShards];

/** For suites about what is stored, deleted and shown. */
export const databasesAndPartitions: readonly ShardedDatabase[] = [...databases, postgresPartitions];

/** For suites about both: what several servers count, and what proves it. */
export const allDatabases: readonly ShardedDatabase[] = [...databasesAndShards, postgresPartitions];

/** For use in a `describe`: its tests are pending, with the reason, where the database is missing; on CI they fail. */
export function sandbox(database: ShardedDatabase): Sandbox {
  const undo: (() => Promise<void>)[] = [];

  before(`have ${database.name}`, function () {
    if (database.missing !== undefined) pending(this, database.missing);
  });
  async function clear(): Promise<void> {
    for (const step of undo.splice(0).toReversed()) await step();
  }
  afterEach("close and drop", clear);

  async function url(schema: "migrated" | "empty" = "migrated"): Promise<string> {
    const created = await database.create(schema);
    undo.push(() => created.drop());
    return created.url;
  }
  return {
    url,
    clear,
    async store(options = {}) {
      const defaults = { log: noLog, clock: () => now, seriesMax: 10_000, shards: database.shards ?? 1 };
      const store = await openTestStore({ ...defaults, ...options, url: options.url ?? (await url()) });
      undo.push(() => store.close());
      return store;
    },
  };
}

function pending(context: Context, reason: string): void {
  if (process.env["CI"] === "true") throw new Error(reason);
  context.test?.parent?.eachTest((test) => (test.title += ` [pending: ${reason}]`));
  context.skip();
}

/** Migrated once a process, then copied: a copy costs a tenth of the migrations. */
const sqliteTemplate = once(async () => {
  const file = join(folder, "template.db");
  await migrated(`sqlite:${file}`);
  return file;
});

const postgresTemplate = once(async () => {
  const created = await createPostgres("template0");
  dropLast.push(() => created.drop());
  await migrated(created.url);
  return new URL(created.url).pathname.slice(1);
});

const partitionedTemplate = once(async () => {
  const created = await createPostgres("template0");
  dropLast.push(() => created.drop());
  await migrateByMonth(created.url, noLog);
  return new URL(created.url).pathname.slice(1);
});

const administrator = once(async () => {
  const client = new Client({ connectionString: server });
  await client.connect();
  dropLast.unshift(() => client.end());
  return client;
});

async function createPostgres(template: string): Promise<{ url: string; drop(): Promise<void> }> {
  const client = await administrator();
  const name = `pipegauge_test_${process.pid}_${instance}_${++made}`;
  await client.query(`create database ${name} template ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  // With force: a test that failed may have left a connection.
  return { url: url.href, drop: async () => void (await client.query(`drop database ${name} with (force)`)) };
}

async function migrated(url: string): Promise<void> {
  const connection = connect(url, noLog);
  await migrate(connection);
  await connection.knex.destroy();
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => (value ??= make());
}
