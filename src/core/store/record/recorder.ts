import { createTaskClassifier, type TaskRule } from "../../task-type.ts";
import type { SeriesBudget } from "../../series-budget.ts";
import type { SeriesOptions } from "./count-changes.ts";
import { createCutWarner } from "./cut-warnings.ts";
import type { Connection, DatabaseLog } from "../db/connect.ts";
import { CollectorModeError } from "../db/collector-mode-error.ts";
import { turnOnCollector } from "../legacy/collector-mode.ts";
import { recordBatch } from "./record-batch.ts";
import { releaseBatch } from "./release-batch.ts";
import { createSeriesCache, cacheSeries, type Learned, type SeriesCache } from "./series-cache.ts";
import { StaleSeries } from "../db/stale-series.ts";
import { inTransaction } from "../db/in-transaction.ts";
import type { Transaction } from "../db/transaction.ts";
import { savedPipelineStep } from "./steps.ts";
import { decodeEntry, type EncodedEntry } from "./encode-batch.ts";
import { isBroken, isTransient } from "../db/transient-errors.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import type { Millis } from "../../time.ts";
import type { Outcome, Recorder } from "../../delivery.ts";

export interface RecorderOptions {
  readonly budget: SeriesBudget;
  readonly taskRules: readonly TaskRule[];
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

/** Writes batches on this connection, each in one transaction. */
export function createRecorder(
  connection: Connection,
  { budget, taskRules }: RecorderOptions,
  clock: () => number,
  log: DatabaseLog,
): LocalRecorder {
  const classify = createTaskClassifier(taskRules);
  let cache = createSeriesCache();
  let cachedServer: string | undefined;
  const warn = createCutWarner(budget, log);

  /**
   * The cache of this start of a database server. Another one may be a standby that took over without the last commits: their
   * series do not exist there, and their ids may belong to others.
   */
  function getCache(server: string): SeriesCache {
    if (server !== cachedServer) cache = createSeriesCache();
    cachedServer = server;
    return cache;
  }

  /** Runs one transaction, and updates the cache once it is committed. */
  async function commit<T extends Learned>(work: (trx: Transaction, options: SeriesOptions) => Promise<T>): Promise<T> {
    const attempt = () =>
      inTransaction(connection, async (trx, server) => {
        const options = { budget, now: clock(), cache: getCache(server) };
        return { done: await work(trx, options), options };
      });
    const { done, options } = await attempt().catch(async (error: unknown) => {
      if (error instanceof StaleSeries) cache = createSeriesCache();
      else if (error instanceof CollectorModeError) await turnOnCollector(connection, clock());
      else throw error;
      return attempt();
    });
    cacheSeries(options.cache, done, options.now);
    warn(done.cuts);
    return done;
  }

  async function record(batch: readonly EncodedEntry[]): Promise<readonly Outcome[]> {
    const entries = batch.map(decodeEntry);
    const { outcomes } = await commit((trx, options) =>
      recordBatch(trx, entries, { ...options, classify, step: savedPipelineStep }),
    );
    return outcomes;
  }

  async function release(before: Millis): Promise<number> {
    let total = 0;
    for (;;) {
      const { runs } = await retryWhileBusy(() => commit((trx, options) => releaseBatch(trx, before, options)));
      total += runs;
      if (runs === 0) return total;
      // Lets deliveries in between two batches.
      await new Promise(setImmediate);
    }
  }

  return { encode: (entry) => entry, encodeUnparsed: () => undefined, record, release, isTransient, isBroken };
}
