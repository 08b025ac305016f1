import { createRunnerClassifier, type RunnerRule } from "../../runner-class.ts";
import { createTaskClassifier, type TaskRule } from "../../task-type.ts";
import type { SeriesBudget } from "../../series-budget.ts";
import type { SeriesOptions } from "./count-changes.ts";
import { createCutWarner } from "./cut-warnings.ts";
import { createShards } from "../db/shards.ts";
import type { Connection, DatabaseLog } from "../db/connect.ts";
import { CollectorModeError } from "../db/collector-mode-error.ts";
import { turnOnCollector } from "../legacy/collector-mode.ts";
import { recordBatch } from "./record-batch.ts";
import { releaseBatch } from "./release-batch.ts";
import { noRunnerClasses, type RunnerClasses } from "./runner-classes.ts";
import { createSeriesCache, cacheSeries, type CacheUpdate, type SeriesCache } from "./series-cache.ts";
import type { Sharding } from "../db/sharding.ts";
import type { TransactionContext } from "../db/durability.ts";
import type { Transaction } from "../db/transaction.ts";
import { StaleSeries } from "../db/stale-series.ts";
import { DuplicateRun } from "../db/duplicate-run.ts";
import { inTransaction } from "../db/in-transaction.ts";
import { savedPipelineStep } from "./steps.ts";
import { decodeEntry, type EncodedEntry } from "./encode-batch.ts";
import { isBroken, isTransient } from "../db/transient-errors.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import type { Millis } from "../../time.ts";
import type { Outcome, Recorder } from "../../delivery.ts";

/**
 * How often a transaction is tried again at once, each time because another one has retired a series meanwhile. Not counted is where
 * another one has stored a new run: each time a run less of the batch is new, so that this ends by itself.
 */
const retriesMax = 10;

export interface RecorderOptions {
  readonly budget: SeriesBudget;
  readonly taskRules: readonly TaskRule[];
  readonly runnerRules?: readonly RunnerRule[] | undefined;
  readonly sharding: Sharding;
  /** The ledger has partitions. */
  readonly partitioned?: boolean;
}

/** A recorder that can also end the wait of jobs for their run's name. */
export interface StoreRecorder extends Recorder<EncodedEntry> {
  /** Ends the waits that began before `before` and counts their jobs. Returns the number of runs. */
  readonly release: (before: Millis) => Promise<number>;
}

/** A recorder in this thread: it has the outcome of everything that it records, because all is parsed before. */
interface LocalRecorder extends StoreRecorder {
  readonly record: (batch: readonly EncodedEntry[]) => Promise<readonly Outcome[]>;
}

/**
 * What one start of a database server has stored. Another one may be a standby that took over without the last commits: their
 * series and classes do not exist there, and their ids may belong to others. A transaction at the old server may end after
 * one at the new server, and adds to what it began with.
 */
interface ServerCache {
  readonly server: string;
  readonly series: SeriesCache;
  runnerClasses: RunnerClasses;
}

function createServerCache(server: string): ServerCache {
  return { server, series: createSeriesCache(), runnerClasses: noRunnerClasses };
}

/** Writes batches on this connection, each in one transaction. */
export function createRecorder(
  connection: Connection,
  { budget, taskRules, runnerRules = [], sharding, partitioned = false }: RecorderOptions,
  clock: () => number,
  log: DatabaseLog,
): LocalRecorder {
  const classify = createTaskClassifier(taskRules);
  const step = savedPipelineStep;
  const classifyRunner = createRunnerClassifier(runnerRules);
  let cache = createServerCache("");
  const shards = createShards(() => (clock() < sharding.from ? 1 : sharding.shards));
  const warn = createCutWarner(budget, log);

  function getCache(server: string): ServerCache {
    if (server !== cache.server) cache = createServerCache(server);
    return cache;
  }

  /** Ends the cause for which a transaction failed, so that it can be tried again. Throws an error with another cause. */
  async function removeCause(error: unknown): Promise<void> {
    if (error instanceof DuplicateRun) return;
    if (error instanceof StaleSeries) cache = { ...cache, series: createSeriesCache() };
    else if (error instanceof CollectorModeError) await turnOnCollector(connection, clock());
    else throw error;
  }

  /** Runs `work` in a transaction, and again where the cause of its failure can be removed. Caches what it returns. */
  async function record<T extends CacheUpdate>(
    work: (trx: Transaction, options: SeriesOptions, own: ServerCache) => Promise<T>,
  ): Promise<{ readonly result: T; readonly own: ServerCache }> {
    const workWithOptions = async (trx: Transaction, { server, shard }: TransactionContext) => {
      const own = getCache(server);
      const options: SeriesOptions = { budget, now: clock(), cache: own.series, shard };
      return { options, own, result: await work(trx, options, own) };
    };
    const recordOnce = () => inTransaction(connection, workWithOptions, shards);
    const { options, own, result } = await retry(recordOnce, removeCause);
    // After the commit.
    cacheSeries(own.series, result, options.now);
    warn(result.cuts);
    return { result, own };
  }

  async function recordEntries(batch: readonly EncodedEntry[]): Promise<readonly Outcome[]> {
    const entries = batch.map(decodeEntry);
    const { result, own } = await record((trx, options, { runnerClasses }) =>
      recordBatch(trx, entries, { ...options, classify, classifyRunner, runnerClasses, step, partitioned }),
    );
    own.runnerClasses = result.runnerClasses;
    return result.outcomes;
  }

  async function release(before: Millis): Promise<number> {
    let total = 0;
    for (;;) {
      const { result } = await retryWhileBusy(() => record((trx, options) => releaseBatch(trx, before, options)));
      total += result.runs;
      if (result.runs === 0) return total;
      // Lets deliveries in between two batches.
      await new Promise(setImmediate);
    }
  }

  return {
    encode: (entry) => entry,
    encodeUnparsed: () => undefined,
    record: recordEntries,
    release,
    isTransient,
    isBroken,
  };
}

/** Tries again after an error whose cause `removeCause` has ended; that throws other errors. */
async function retry<T>(work: () => Promise<T>, removeCause: (error: unknown) => Promise<void>): Promise<T> {
  for (let retries = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DuplicateRun) && retries++ === retriesMax) throw error;
      await removeCause(error);
    }
  }
}
