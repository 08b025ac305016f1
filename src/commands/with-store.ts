import type { Config } from "../config/index.ts";
import { readMessage } from "../core/errors.ts";
import { createLedger, type Ledger } from "../core/ledger.ts";
import { pickBudget, type SeriesBudget } from "../core/series-budget.ts";
import { openStore, type Store } from "../core/store/index.ts";
import type { Log } from "../log.ts";
import type { Millis } from "../core/time.ts";
import { describeNewDatabase } from "./new-database.ts";

/** The settings that decide what a command writes, and where. */
export type StoreConfig = SeriesBudget &
  Pick<Config, "databaseUrl" | "taskRules"> &
  Partial<Pick<Config, "runnerClasses" | "partitioned">>;
export type CommandLog = Pick<Log, "warn" | "error">;

/** How long a write waits for a local database that the server is writing to. Milliseconds. */
const timeoutMillis = 60_000;

/** Opens the database of these settings, hands it to `work` and closes it. `clock`: when the store says that it has received something. */
export async function withStore<T>(
  { databaseUrl, taskRules, runnerClasses, partitioned = false, ...budget }: StoreConfig,
  log: CommandLog,
  work: (store: Store) => Promise<T>,
  clock: () => Millis = Date.now,
): Promise<T> {
  const warning = describeNewDatabase(databaseUrl);
  const store = await openStore({
    url: databaseUrl,
    log: { warn: (message) => log.warn(message), error: (message) => log.error(message) },
    clock,
    ...pickBudget(budget),
    taskRules,
    runnerRules: runnerClasses,
    partitioned,
  });
  try {
    if (warning !== undefined) log.warn(warning);
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The same, with a ledger that takes any number of deliveries and has written them all when `work` is done. */
export async function withLedger<T>(
  config: StoreConfig,
  log: CommandLog,
  work: (ledger: Ledger, store: Store) => Promise<T>,
  clock?: () => Millis,
): Promise<T> {
  const useLedger = async (store: Store) => {
    const ledger = createLedger({
      recorder: store,
      // A monotonic clock: it is only used for timeouts.
      clock: () => performance.now(),
      queueMax: Number.MAX_SAFE_INTEGER,
      batchMax: 100,
      batchJobsMax: 1000,
      timeoutMillis,
      onError: (error, deliveries) =>
        log.error({ error: readMessage(error), deliveries }, "deliveries could not be written"),
    });
    try {
      return await work(ledger, store);
    } finally {
      await ledger.drain();
    }
  };
  return withStore(config, log, useLedger, clock);
}
