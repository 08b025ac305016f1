import type { Knex } from "knex";
import type { RunnerRule } from "../runner-class.ts";
import { defaultTaskRules, type TaskRule } from "../task-type.ts";
import { AppError } from "../errors.ts";
import type { MetricKey } from "../stored-metrics.ts";
import { pickBudget, unlimitedBudget, type SeriesBudget } from "../series-budget.ts";
import type { LedgerSnapshot } from "../snapshot.ts";
import { connect, type Connection, type DatabaseLog } from "./db/connect.ts";
import { describeFault } from "./db/describe-fault.ts";
import { createMovedError, onFileMoved } from "./db/watch-file.ts";
import type { Engine } from "./db/rowset.ts";
import { createMaintenance, type ThreadSteps, type Maintenance } from "./maintenance/index.ts";
import { readProgress } from "./db/progress.ts";
import { createThreadedPartialSteps } from "./maintenance/partial-answers.ts";
import { migrateWithRetry } from "./db/migrate.ts";
import { createReads, type Reads } from "./read/index.ts";
import { startReader, type Reader } from "./read/reader.ts";
import { createRecorder, type RecorderOptions, type StoreRecorder } from "./record/recorder.ts";
import { findSeries, type FoundSeries } from "./record/find-series.ts";
import type { ActiveQuery } from "./scrape/active-runs.ts";
import { readSnapshot } from "./scrape/snapshot.ts";
import { readSharding } from "./db/sharding.ts";
import { isPartitioned, makePartitions } from "./db/partitions.ts";
import { createRollupReader } from "./scrape/rollup-cache.ts";
import { startWriter, type ThreadRecorder, type WriterThread } from "./record/writer.ts";
import { maskUrl } from "../mask-url.ts";
import type { Millis } from "../time.ts";

/** Limits of the budget that are left out are unlimited. */
export interface StoreOptions extends Partial<Omit<SeriesBudget, "seriesMax">> {
  readonly seriesMax: number;
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
  readonly log: DatabaseLog;
  readonly clock: () => number;
  readonly taskRules?: readonly TaskRule[];
  readonly runnerRules?: readonly RunnerRule[] | undefined;
  /** Shards of the totals that a server on PostgreSQL may add to; left out: it adds to shard 0. */
  readonly shards?: number;
  /** A new ledger is created with partitions; see `TableOptions`. */
  readonly partitioned?: boolean;
  /** Parses and writes in a thread of its own; for a server, not for a command that writes a little. */
  readonly thread?: WriterThread | undefined;
  /** Called when nothing more can be written: the thread ended by itself, or SQLite's file is gone. */
  readonly onFailure?: ((reason: Error) => void) | undefined;
}

/** The database, for everything outside the store. */
export interface Store extends StoreRecorder {
  /** What `/metrics` shows. Unfinished runs without a delivery since `staleBefore` are stale; left out: no run is stale. */
  snapshot(staleBefore?: Millis): Promise<LedgerSnapshot>;
  /** Rejects when the database cannot be used now. */
  ping(): Promise<void>;
  close(): Promise<void>;
  /** Runs a query of the page or the read API on one snapshot of the database. */
  readonly read: Reads["read"];
  /** Counts the series of a metric, and checks whether one has this value as its first label. */
  findSeries(metric: MetricKey, firstLabel: string): Promise<FoundSeries>;
  readonly engine: Engine;
  readonly maintenance: Maintenance;
}

/** Connections to PostgreSQL of a server's main thread: those of its other threads are five. */
const besideThreads = 3;

/** A stop waits so long for statements of the main thread: those of other threads end with them. */
const abandonMillis = 5000;

/** A store, and the connection that it works on: for this folder, and for tests that look into the tables. */
export interface OpenedStore {
  readonly store: Store;
  readonly connection: Connection;
}

/** See `openStore`. */
export async function openStoreWithConnection(options: StoreOptions): Promise<OpenedStore> {
  let connection: Connection | undefined;
  try {
    const connections = options.thread === undefined ? undefined : besideThreads;
    const opened = (connection = connect(options.url, options.log, connections));
    await migrateWithRetry(opened, { partitioned: options.partitioned ?? false });
    await refuseUnfinishedCopy(opened.knex);
    return { store: await createStore(opened, options), connection: opened };
  } catch (error) {
    await connection?.knex.destroy();
    if (error instanceof AppError) throw error;
    const file = options.url.startsWith("sqlite:") ? options.url.slice("sqlite:".length) : undefined;
    throw describeFault(error, `the database ${maskUrl(options.url)}`, file);
  }
}

/** An unfinished copy looks like a whole ledger, but the copy could not be finished after new deliveries. */
async function refuseUnfinishedCopy(knex: Knex): Promise<void> {
  if ((await readProgress(knex, "copy")) === undefined) return;
  throw new AppError("config", "the database holds an unfinished copy: call `pipegauge copy` again to finish it");
}

async function createStore(connection: Connection, options: StoreOptions): Promise<Store> {
  const { knex, engine } = connection;
  const recording: RecorderOptions = {
    budget: pickBudget({ ...unlimitedBudget, ...options }),
    taskRules: options.taskRules ?? defaultTaskRules,
    runnerRules: options.runnerRules,
    sharding: await readSharding(connection, options.shards ?? 1),
    partitioned: await isPartitioned(knex, engine),
  };
  // Before the first delivery: what comes in a month without a partition stays in the default one.
  if (recording.partitioned) await makePartitions(knex);
  const { url, log, clock, onFailure } = options;
  const thread = url === "sqlite::memory:" ? undefined : options.thread;
  // If the writer thread lost its connection, ours are probably dead too: drop idle ones.
  const events = { onEnd: onFailure, onLostConnection: connection.renew };
  const writer = thread && startWriter(thread, { url, ...recording }, log, events);
  const recorder = writer ?? createRecorder(connection, recording, clock, log);
  const stopWatching = onFailure === undefined ? undefined : onFileMoved(connection.isMoved, onFailure);
  // The port opens after this, so that no delivery arrives before the thread can write.
  await writer?.ready;
  const readRollups = createRollupReader(engine);
  const readerUrl = thread === undefined ? undefined : url;
  const reads = createReads(connection, readerUrl, log);
  const threadUrl = engine === "sqlite" ? readerUrl : undefined;
  // A thread of its own, not that of the page and the API: a summary may take longer than a scraper waits.
  const counter = threadUrl === undefined ? undefined : startReader(threadUrl, log, 1);
  const countElsewhere = counter && ((query: ActiveQuery) => counter.read("active", query));
  const comparer = readerUrl === undefined ? undefined : startReader(readerUrl, log, 1);
  const { encode, encodeUnparsed, record, release, isTransient, isBroken } = recorder;
  return {
    engine,
    // SQLite has one writer: two threads that write would wait for each other, and so would deliveries.
    maintenance: createMaintenance(
      connection,
      comparer && writer && engine === "sqlite" ? inThreads(writer, comparer) : undefined,
      comparer && writer && createThreadedPartialSteps(connection, comparer, writer.savePartialAnswers),
    ),
    read: (name, query) => reads.read(name, query),
    findSeries: (metric, firstLabel) => findSeries(connection, metric, firstLabel),
    encode,
    encodeUnparsed,
    record,
    release,
    isTransient,
    isBroken,
    snapshot: (staleBefore) => readSnapshot(connection, { readRollups, staleBefore, countElsewhere }),
    async ping() {
      if (connection.isMoved()) throw createMovedError();
      // From a table: SQLite answers `select 1` without reading its file.
      await knex.raw("select 1 from rollups limit 1");
    },
    async close() {
      stopWatching?.();
      const late = setTimeout(connection.abandon, abandonMillis);
      await Promise.all([reads, counter, comparer, writer].map(async (one) => one?.close()));
      // The last connection to SQLite moves the WAL into the file.
      await knex.destroy();
      clearTimeout(late);
    },
  };
}

/** The comparison reads all completions: in a thread that nothing else waits for. */
function inThreads(writer: ThreadRecorder, comparer: Reader): ThreadSteps {
  return {
    deleteExpired: writer.deleteExpired,
    correct: writer.correctDayTimes,
    readGap: (range) => comparer.read("dayTimesGap", range),
  };
}
