import { createRunnerClassifier, type RunnerRule } from "../../runner-class.ts";
import { createTaskClassifier, type TaskRule } from "../../task-type.ts";
import type { SeriesBudget } from "../../series-budget.ts";
import type { SeriesOptions } from "./count-changes.ts";
import { createCutWarner } from "./cut-warnings.ts";
import type { Connection, DatabaseLog } from "../db/connect.ts";
import { CollectorModeError } from "../db/collector-mode-error.ts";
import { turnOnCollector } from "../legacy/collector-mode.ts";
import { recordBatch } from "./record-batch.ts";
import { releaseBatch } from "./release-batch.ts";
import { noRunnerClasses } from "./runner-classes.ts";
import { createSeriesCache, cacheSeries, type CacheUpdate, type SeriesCache } from "./series-cache.ts";
import { StaleSeries } from "../db/stale-series.ts";
import { inTransaction } from "../db/in-transaction.ts";
import { savedPipelineStep } from "./steps.ts";
import { decodeEntry, type EncodedEntry } from "./encode-batch.ts";
import { isBroken, isTransient } from "../db/transient-errors.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import type { Millis } from "../../time.ts";
import type { Outcome, Recorder } from "../../delivery.ts";

export interface RecorderOptions {
  readonly budget: SeriesBudget;
  readonly taskRules: readonly TaskRule[];
  readonly runnerRules?: readonly RunnerRule[] | undefined;
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
  { budget, taskRules, runnerRules = [] }: RecorderOptions,
  clock: () => number,
  log: DatabaseLog,
): LocalRecorder {
  const classify = createTaskClassifier(taskRules);
  const classifyRunner = createRunnerClassifier(runnerRules);
  let runnerClasses = noRunnerClasses;
  let cache = createSeriesCache();
  let cachedServer: string | undefined;
  const warn = createCutWarner(budget, log);

  /**
   * The cache of this start of a database server. Another one may be a standby that took over without the last commits: their
   * series do not exist there, and their ids may belong to others.
   */
  function getCache(server: string): SeriesCache {
    if (server !== cachedServer) {
      cache = createSeriesCache();
      runnerClasses = noRunnerClasses;
    }
    cachedServer = server;
    return cache;
  }

  const createOptions = (server: string): SeriesOptions => ({ budget, now: clock(), cache: getCache(server) });

  /** Ends the cause for which a transaction failed, so that it can be tried again. Throws an error with another cause. */
  async function removeCause(error: unknown): Promise<void> {
    if (error instanceof StaleSeries) cache = createSeriesCache();
    else if (error instanceof CollectorModeError) await turnOnCollector(connection, clock());
    else throw error;
  }

  /** Call it after the commit. */
  function cacheResult(options: SeriesOptions, result: CacheUpdate): void {
    cacheSeries(options.cache, result, options.now);
    warn(result.cuts);
  }

  async function recordEntries(batch: readonly EncodedEntry[]): Promise<readonly Outcome[]> {
    const entries = batch.map(decodeEntry);
    const recordOnce = () =>
      inTransaction(connection, async (trx, server) => {
        const options = { ...createOptions(server), classify, classifyRunner, runnerClasses, step: savedPipelineStep };
        return { options, result: await recordBatch(trx, entries, options) };
      });
    const { options, result } = await recordOnce().catch((error: unknown) => removeCause(error).then(recordOnce));
    cacheResult(options, result);
    runnerClasses = result.runnerClasses;
    return result.outcomes;
  }

  async function releaseSome(before: Millis): Promise<number> {
    const releaseOnce = () =>
      inTransaction(connection, async (trx, server) => {
        const options = createOptions(server);
        return { options, result: await releaseBatch(trx, before, options) };
      });
    const { options, result } = await releaseOnce().catch((error: unknown) => removeCause(error).then(releaseOnce));
    cacheResult(options, result);
    return result.runs;
  }

  async function release(before: Millis): Promise<number> {
    let total = 0;
    for (;;) {
      const runs = await retryWhileBusy(() => releaseSome(before));
      total += runs;
      if (runs === 0) return total;
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
