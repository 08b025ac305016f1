import type { Config } from "../../config/index.ts";
import { loadAdapters } from "../../adapters/index.ts";
import { collectorSource } from "../../core/legacy/saved-pipelines.ts";
import { createLedger, type Ledger } from "../../core/ledger.ts";
import { pickBudget } from "../../core/series-budget.ts";
import { readMessage } from "../../core/errors.ts";
import { createCollectorViews } from "./collector-views.ts";
import { createDeadLetterQuota } from "./dead-letter-quota.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { openPorts } from "./ports.ts";
import { openStore, type DatabaseLog, type Store } from "../../core/store/index.ts";
import { createRunner } from "../../exporters/runner.ts";
import { createAnswers } from "../../http/answers.ts";
import { createByteBudget } from "../../http/budget.ts";
import { runCounter } from "../../http/legacy/run-counter.ts";
import { templateCounter } from "../../http/legacy/template-counter.ts";
import { createRefusals } from "../../http/refusals.ts";
import { createRefusedRegister } from "../../http/refused-deliveries.ts";
import type { Limits } from "../../http/server.ts";
import type { Services } from "../../http/services.ts";
import type { Log } from "../../log.ts";
import { createProcessMetrics } from "../../metrics/process.ts";
import { version } from "../../version.ts";
import { importRunCounter } from "./import-run-counter.ts";
import { writerThread } from "./writer.ts";

/** Values that a test may change. */
export interface Tuning {
  readonly openStore: typeof openStore;
  /** Deliveries that may wait for the database. */
  readonly queueMax: number;
  /** How long one may wait. */
  readonly timeoutMillis: number;
  /** How long a stop waits for requests that are under way. */
  readonly graceMillis: number;
  /** Whether deliveries are written in a thread of their own. */
  readonly thread: boolean;
  /** How long a snapshot of the run data is reused by further scrapes. */
  readonly snapshotMillis: number;
  /** How long a view of the page waits for its answers. */
  readonly answerWaitMillis: number;
  readonly limits: Partial<Limits>;
  /** Opens the page and the read API besides the configured tokens. */
  readonly pageToken: string | undefined;
}

const defaults: Tuning = {
  openStore,
  // Some seconds of the greatest load, some tens of megabytes.
  queueMax: 2000,
  // Below the 10 s after which GitLab and GitHub hang up.
  timeoutMillis: 8000,
  graceMillis: 20_000,
  thread: true,
  snapshotMillis: 1000,
  answerWaitMillis: 120,
  limits: {},
  pageToken: undefined,
};

const batchMax = 256;
/**
 * A transaction begins beside another one with as few as these, so that the writer never waits for requests. On SQLite one takes a
 * millisecond of processor time besides that of its deliveries, so more of them share it; on PostgreSQL commits overlap.
 */
const flushAt = { sqlite: 32, postgres: 24 } as const;

/** A running server, and how to end it. */
export interface Running {
  readonly port: number;
  readonly healthPort: number | undefined;
  readonly store: Store;
  /** Resolves when nothing more can be written, with the reason: the process must end. */
  readonly failed: Promise<Error>;
  /** Not ready at once; stops listening when `lameDuck` resolves. */
  stop(lameDuck?: Promise<unknown>): Promise<void>;
}

/** Opens the database, listens, and returns at once. */
export async function startServer(config: Config, log: Log, tuning: Partial<Tuning> = {}): Promise<Running> {
  const tuned: Tuning = { ...defaults, ...tuning };
  await loadAdapters();
  let started = false;
  let fail: ((reason: Error) => void) | undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const store = await tuned.openStore({
    url: config.databaseUrl,
    log: createDriverLog(() => started, log),
    clock: Date.now,
    ...pickBudget(config),
    shards: config.rollupShards,
    partitioned: config.partitioned,
    taskRules: config.taskRules,
    runnerRules: config.runnerClasses,
    thread: tuned.thread ? writerThread : undefined,
    onFailure: fail,
  });
  await closeOnFailure(store, importRunCounter(store, config, log));
  const views = createCollectorViews(store, log, config.collectorViews);
  await views.turnOn();
  const stopping = new AbortController();
  const ledger = openLedger(store, tuned, log);
  const deadLetters = createDeadLetterQuota(store, log, config.deadLetterBytes);
  const parts: Parts = {
    config,
    store,
    ledger,
    log,
    storedDeadLetter: deadLetters.stored,
    accepting: () => !stopping.signal.aborted,
    stopping: stopping.signal,
  };
  const services = makeServices(parts, tuned);
  const ports = await closeOnFailure(store, openPorts(services, tuned.limits));
  started = true;
  const endHousekeeping = startHousekeeping(store, log, config.retentionDays, { ...deadLetters, ...views });
  return {
    port: ports.port,
    healthPort: ports.healthPort,
    store,
    failed,
    async stop(lameDuck) {
      stopping.abort();
      endHousekeeping();
      await lameDuck;
      // Its response is useless: the next scrape goes to another process.
      services.exporters.close();
      await ports.close(tuned.graceMillis);
      await ledger.drain();
      await store.close();
      config.close();
    },
  };
}

type Parts = Pick<Services, "config" | "store" | "ledger" | "log" | "storedDeadLetter" | "accepting" | "stopping">;

/** Everything that a route may use, of these parts. */
function makeServices(parts: Parts, { snapshotMillis, answerWaitMillis, pageToken }: Tuning): Services {
  const { config, ledger } = parts;
  const bodies = createByteBudget(config.bodyBudgetBytes);
  const metrics = createProcessMetrics({
    sources: [...new Set([...config.sources.map(({ name }) => name), runCounter, templateCounter, collectorSource])],
    version,
    seriesMax: config.seriesMax,
    queueLength: () => ledger.size(),
    bodyBytes: () => bodies.used(),
  });
  return {
    ...parts,
    metrics,
    exporters: createRunner(config.exporterWorkers),
    clock: Date.now,
    bodies,
    refusals: createRefusals(() => performance.now()),
    refusedDeliveries: createRefusedRegister(Date.now),
    snapshotMillis,
    answers: createAnswers(answerWaitMillis, Date.now, parts.log),
    pageToken,
  };
}

/** A start that fails leaves no connection and no thread behind. */
async function closeOnFailure<T>(store: Store, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Before the start has succeeded, drivers log at debug level only: the error that ends the start contains their messages. */
function createDriverLog(started: () => boolean, log: Log): DatabaseLog {
  return {
    warn: (message) => log[started() ? "warn" : "debug"](message),
    error: (message) => log[started() ? "error" : "debug"](message),
  };
}

function openLedger(store: Store, { queueMax, timeoutMillis }: Tuning, log: Log): Ledger {
  return createLedger({
    recorder: store,
    // For deadlines alone, so not the time of day, which may jump.
    clock: () => performance.now(),
    queueMax,
    batchMax,
    batchJobsMax: writerThread.batchJobsMax,
    concurrency: writerThread.concurrency,
    flushAt: flushAt[store.engine],
    timeoutMillis,
    onError: (error, deliveries) =>
      log.error({ error: readMessage(error), deliveries }, "deliveries could not be written"),
    onBroken: (error) =>
      log.error({ error: readMessage(error) }, "the database is broken: nothing is written to it until it is repaired"),
    onRefused: ({ source, reason }) => log.warn({ source, reason }, "a delivery was stored as a dead letter"),
  });
}
