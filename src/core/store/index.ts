import type { Knex } from "knex";
import { defaultTaskRules, type TaskRule } from "../classify.ts";
import { AppError } from "../errors.ts";
import type { Millis } from "../model.ts";
import type { RollupKey } from "../rollup.ts";
import { pickBudget, unlimitedBudget, type SeriesBudget } from "../series-budget.ts";
import type { LedgerSnapshot } from "../snapshot.ts";
import { connect, type Connection, type DatabaseLog } from "./db/connect.ts";
import { describeFault } from "./db/describe-fault.ts";
import { movedError } from "./db/watch-file.ts";
import type { Engine } from "./db/rowset.ts";
import { createMaintenance, type Maintenance } from "./maintenance/index.ts";
import { choreState } from "./maintenance/progress.ts";
import { migratePatiently } from "./db/migrate.ts";
import { readsOn, type Reads } from "./read/index.ts";
import { recorderOn, type RecorderOptions, type StoreRecorder } from "./record/recorder.ts";
import { findSeries, type FoundSeries } from "./record/find-series.ts";
import { readSnapshot } from "./scrape/snapshot.ts";
import { totalsReader } from "./scrape/rollup-cache.ts";
import { startWriter, type ThreadRecorder } from "./record/writer.ts";
import { isBroken, isLostConnection, isTransient } from "./db/transient-errors.ts";
import { maskedUrl } from "./db/mask-url.ts";

export type { DatabaseLog };

/** What is left out of the budget is unlimited. */
export interface StoreOptions extends Partial<Omit<SeriesBudget, "seriesMax">> {
  readonly seriesMax: number;
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
  readonly log: DatabaseLog;
  readonly clock: () => number;
  readonly taskRules?: readonly TaskRule[];
  /** Writes in a thread of its own; for a server, not for a command that writes a little. */
  readonly thread?: boolean;
  /** Transactions that it has under way at a time. */
  readonly lanes?: number;
  /** Called when that thread ends by itself: nothing more can be written. */
  readonly onWriterEnd?: ((reason: Error) => void) | undefined;
}

/** The database, as everything above it sees it. */
export interface Store extends StoreRecorder {
  /** What `/metrics` shows. Unfinished runs of which no delivery came since `staleBefore` are stale; left out: none is. */
  snapshot(staleBefore?: Millis): Promise<LedgerSnapshot>;
  /** Rejects when the database cannot be used now. */
  ping(): Promise<void>;
  close(): Promise<void>;
  /** Answers a query of the page or the read API, from one snapshot of the database. */
  readonly read: Reads["read"];
  /** Counts the series of a metric, and looks for one whose first label has this value. */
  findSeries(metric: RollupKey, firstLabel: string): Promise<FoundSeries>;
  readonly engine: Engine;
  readonly maintenance: Maintenance;
  /** An error once SQLite's file was deleted, moved or replaced while it was open: what is written to it is lost. */
  checkFile(): Error | undefined;
  /** For tests, which look into the tables. */
  readonly connection: Connection;
}

/**
 * Connects, migrates, and waits for the writing thread. Throws `config` when the database cannot be used, `schema` when it is
 * a newer version's or damaged.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  let connection: Connection | undefined;
  try {
    const opened = (connection = connect(options.url, options.log));
    await migratePatiently(opened);
    await refuseUnfinishedCopy(opened.knex);
    return await storeOn(opened, options);
  } catch (error) {
    await connection?.knex.destroy();
    if (error instanceof AppError) throw error;
    const file = options.url.startsWith("sqlite:") ? options.url.slice("sqlite:".length) : undefined;
    throw describeFault(error, `the database ${maskedUrl(options.url)}`, file);
  }
}

/** What is there of a copy so far looks like a whole ledger, and what came on top would be lost to it. */
async function refuseUnfinishedCopy(knex: Knex): Promise<void> {
  if ((await choreState(knex, "copy")) === undefined) return;
  throw new AppError("config", "the database holds an unfinished copy: call `pipegauge copy` again to finish it");
}

/** The thread has connections of its own: what the network does to them, it most probably does to those here. */
function writerOf(options: StoreOptions, recording: RecorderOptions, { renew }: Connection): ThreadRecorder {
  const { url, log, lanes = 1, onWriterEnd } = options;
  const writer = startWriter({ url, lanes, ...recording }, log, onWriterEnd);
  return {
    ...writer,
    async record(batch) {
      try {
        return await writer.record(batch);
      } catch (error) {
        if (isLostConnection(error)) renew();
        throw error;
      }
    },
  };
}

async function storeOn(connection: Connection, options: StoreOptions): Promise<Store> {
  const { knex, engine } = connection;
  const recording: RecorderOptions = {
    budget: pickBudget({ ...unlimitedBudget, ...options }),
    taskRules: options.taskRules ?? defaultTaskRules,
  };
  const threaded = options.thread === true && options.url !== "sqlite::memory:";
  const writer = threaded ? writerOf(options, recording, connection) : undefined;
  const recorder = writer ?? recorderOn(connection, recording, options.clock, options.log);
  // A delivery that the thread cannot take yet must not be asked for: the port opens after this.
  await writer?.ready;
  const readTotals = totalsReader(engine);
  const reads = readsOn(connection, threaded && engine === "sqlite" ? options.url : undefined, options.log);
  return {
    connection,
    engine,
    maintenance: createMaintenance(connection),
    checkFile: () => (connection.isMoved() ? movedError() : undefined),
    read: (name, query) => reads.read(name, query),
    findSeries: (metric, firstLabel) => findSeries(connection, metric, firstLabel),
    packs: recorder.packs,
    record: (batch) => recorder.record(batch),
    release: (before) => recorder.release(before),
    isTransient,
    isBroken,
    snapshot: (staleBefore) => readSnapshot(connection, readTotals, staleBefore),
    async ping() {
      if (connection.isMoved()) throw movedError();
      // From a table: SQLite can tell how much 1 is without looking at its file.
      await knex.raw("select 1 from rollups limit 1");
    },
    async close() {
      await reads.close();
      await writer?.close();
      await knex.destroy();
    },
  };
}
