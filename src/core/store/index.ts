import { defaultTaskRules, type TaskRule } from "../classify.ts";
import { AppError, messageOf } from "../errors.ts";
import type { Recorder } from "../ledger.ts";
import type { LedgerSnapshot } from "../snapshot.ts";
import { connect, type Connection, type DatabaseLog } from "./database.ts";
import { migrate } from "./migrate.ts";
import { recorderOn, type RecorderOptions } from "./recorder.ts";
import { readSnapshot } from "./snapshot.ts";
import { startWriter } from "./thread.ts";
import { isTransient } from "./transient.ts";

export interface StoreOptions {
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
  readonly log: DatabaseLog;
  readonly clock: () => number;
  /** Series per metric; what comes on top is folded. */
  readonly seriesMax: number;
  readonly taskRules?: readonly TaskRule[];
  /** Writes to a SQLite file in a thread of its own; for a server, not for a command that writes a little. */
  readonly thread?: boolean;
}

/** The database, as everything above it sees it. */
export interface Store extends Recorder {
  /** What `/metrics` shows. */
  snapshot(): Promise<LedgerSnapshot>;
  /** Rejects when the database cannot be used now. */
  ping(): Promise<void>;
  close(): Promise<void>;
  /** For what reads tables directly: retention, the read API, tests. */
  readonly connection: Connection;
}

/** Connects and migrates. Throws `config` when the database cannot be used, `schema` when it is a newer version's. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const connection = connect(options.url, options.log);
  try {
    await patiently(() => migrate(connection));
    return storeOn(connection, options);
  } catch (error) {
    await connection.knex.destroy();
    if (error instanceof AppError) throw error;
    throw new AppError("config", `cannot use the database ${masked(options.url)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function storeOn(connection: Connection, options: StoreOptions): Store {
  const { knex, engine } = connection;
  const recording: RecorderOptions = { seriesMax: options.seriesMax, taskRules: options.taskRules ?? defaultTaskRules };
  const threaded = options.thread === true && engine === "sqlite" && options.url !== "sqlite::memory:";
  const writer = threaded ? startWriter({ url: options.url, ...recording }, options.log) : undefined;
  const { record } = writer ?? recorderOn(connection, recording, options.clock);
  return {
    connection,
    record,
    isTransient,
    snapshot: () => readSnapshot(connection),
    ping: async () => void (await knex.raw("select 1")),
    async close() {
      await writer?.close();
      await knex.destroy();
    },
  };
}

/** A start waits a moment for another process that holds the lock, then gives up with the database's own words. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 20 || !isTransient(error)) throw error;
      await new Promise((resume) => setTimeout(resume, 250));
    }
  }
}

/** A database URL without its password. */
export function masked(url: string): string {
  return url.replace(/(\/\/[^:@/]*):[^@/]*@/, "$1:***@");
}
