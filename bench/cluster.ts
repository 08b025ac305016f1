import { totalmem } from "node:os";
import { dirname } from "node:path";
import { Client } from "pg";
import { hasPostgres, startCluster, stopCluster } from "../test/support/postgres.ts";
import { info, type Finding } from "./report.ts";
import { workingDirectory } from "./server.ts";

/** A PostgreSQL server of its own, on a real disk and with every commit flushed to it. */
export interface Cluster {
  /** Of the process that all others of the server are children of. */
  readonly pid: number;
  /** Version and settings, for the table. */
  readonly description: string;
  /** Makes a database, empty or like another one, and returns its URL. */
  create(name: string, template?: string): Promise<string>;
  /** The rows of one statement. */
  query(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): void;
}

/** What a measurement relies on; read back from the server before anything is measured. */
const durable = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" } as const;

const sharedMegabytesMax = 2048;

/** As a database server would be set up that shares its machine: a quarter of the memory, and checkpoints by time. */
function settings(): Readonly<Record<string, string>> {
  const shared = Math.min(sharedMegabytesMax, Math.floor(totalmem() / 4 / 2 ** 20));
  return { ...durable, shared_buffers: `${shared}MB`, max_wal_size: "4GB", max_connections: "100" };
}

/** Says in the table what was not measured, and why; `undefined` where PostgreSQL can be started. */
export function missingPostgres(): Finding | undefined {
  if (hasPostgres()) return undefined;
  return info("PostgreSQL", "skipped: no server programs found, apt-get install postgresql");
}

/** Initialises and starts the server, with the settings of `more` besides. It is stopped and removed with this process, whatever ends that. */
export async function startBenchCluster(more: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const started = await startCluster({ place: dirname(workingDirectory()), settings: { ...settings(), ...more } });
  let running = true;
  const stop = () => {
    if (running) stopCluster(started.folder);
    running = false;
  };
  process.once("exit", stop);
  const [server] = await query(started.url, "select current_setting('server_version') as version");
  for (const [name, wanted] of Object.entries(durable)) {
    const [row] = await query(started.url, `select current_setting('${name}') as value`);
    if (row?.["value"] !== wanted) throw new Error(`PostgreSQL runs with ${name}=${String(row?.["value"])}`);
  }
  const shared = settings()["shared_buffers"] ?? "";
  return {
    pid: started.pid,
    description: `${String(server?.["version"])}, shared_buffers=${shared}, synchronous_commit=on, fsync=on`,
    query,
    stop,
    async create(name, template = "template0") {
      await query(started.url, `create database ${name} template ${template}`);
      const url = new URL(started.url);
      url.pathname = `/${name}`;
      return url.href;
    },
  };
}

async function query(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
