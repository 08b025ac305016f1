import Database from "better-sqlite3";
import { copyFileSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { startBenchCluster } from "./cluster.ts";
import { familySeconds } from "./procfs.ts";
import { workingDirectory } from "./server.ts";

/** A database engine that a part is measured on. */
export interface Engine {
  readonly name: "SQLite" | "PostgreSQL";
  /** The URL of a new database, empty or a copy of another one that no process uses. */
  create(name: string, like?: string): Promise<string>;
  /** Does what a database that grew over months has behind it: statistics are there, nothing waits to be written. */
  settle(url: string): Promise<void>;
  /** What it takes on the disk while no server uses it. */
  bytes(url: string): Promise<number>;
  /** Version and settings, for the table. */
  readonly description: string;
  /** Bytes of WAL that it has ever written, all databases of the engine together; 0 where the engine does not report that. */
  walBytes(url: string): Promise<number>;
  /** Processor time of the database's own processes so far; 0 where it has none. */
  cpuSeconds(): number;
  /** The number `n` that a query returns. */
  number(url: string, sql: string): Promise<number>;
  /** Connections to it that Pipegauge holds now. */
  connections(url: string): Promise<number>;
  stop(): void;
}

export function sqliteEngine(): Engine {
  const directory = workingDirectory();
  const toFile = (url: string) => url.slice("sqlite:".length);
  return {
    name: "SQLite",
    description: "synchronous=FULL",
    async create(name, like) {
      const file = join(directory, `${name}.db`);
      if (like !== undefined) copyFileSync(toFile(like), file);
      return `sqlite:${file}`;
    },
    // The last connection that closes a SQLite database moves its WAL into the file.
    async settle(url) {
      if (existsSync(`${toFile(url)}-wal`)) throw new Error(`${url} is still in use`);
    },
    bytes: async (url) => statSync(toFile(url)).size,
    cpuSeconds: () => 0,
    walBytes: async () => 0,
    async number(url, sql) {
      const database = new Database(toFile(url), { readonly: true });
      try {
        return Number(database.prepare<[], { n: number }>(sql).get()?.n);
      } finally {
        database.close();
      }
    },
    connections: async () => 0,
    stop: () => undefined,
  };
}

export async function postgresEngine(): Promise<Engine> {
  const cluster = await startBenchCluster();
  const number = async (url: string, sql: string) => Number((await cluster.query(url, sql))[0]?.["n"]);
  return {
    name: "PostgreSQL",
    description: cluster.description,
    create: (name, like) => cluster.create(name, like === undefined ? undefined : new URL(like).pathname.slice(1)),
    async settle(url) {
      await cluster.query(url, "vacuum (analyze)");
      await cluster.query(url, "checkpoint");
    },
    bytes: (url) => number(url, "select pg_database_size(current_database()) as n"),
    number,
    cpuSeconds: () => familySeconds(cluster.pid),
    walBytes: (url) => number(url, "select pg_current_wal_lsn() - '0/0' as n"),
    connections: (url) => number(url, connectionsHeld),
    stop: () => cluster.stop(),
  };
}

const connectionsHeld =
  "select count(*) as n from pg_stat_activity where datname = current_database() and application_name = 'pipegauge'";
