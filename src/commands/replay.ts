import { adapters } from "../adapters/index.ts";
import type { Config } from "../config/index.ts";
import type { Adapter } from "../core/adapter.ts";
import { messageOf } from "../core/errors.ts";
import { createLedger, type Outcome } from "../core/ledger.ts";
import { pickBudget } from "../core/series-budget.ts";
import { openStore } from "../core/store/index.ts";
import {
  storedDeliveries,
  type StoredDelivery,
  type StoredFilter,
} from "../core/store/maintenance/stored-deliveries.ts";
import { isChanged, restoreRequest } from "../ingest/kept-content.ts";
import { createSubmission } from "../ingest/submission.ts";
import type { Log } from "../log.ts";

/** Of a local database: it may be busy with the server's own writes. */
const patienceMillis = 60_000;

/** `unknown`: its provider has no adapter. `incomplete`: what was kept is not what came, so it proves nothing. */
type Replayed = Outcome | "unknown" | "incomplete";

/**
 * `pipegauge replay`: sends stored bodies through today's adapters again. What they prove anew is counted, what was
 * counted already is not: a replay can be repeated without harm. Resolves to how many ended as what.
 */
export async function replayStored(config: Config, log: Log, filter: StoredFilter): Promise<Map<Replayed, number>> {
  const store = await openStore({
    url: config.databaseUrl,
    log: { warn: (message) => log.warn(message), error: (message) => log.error(message) },
    clock: Date.now,
    ...pickBudget(config),
    taskRules: config.taskRules,
  });
  const ledger = createLedger({
    recorder: store,
    // For deadlines alone, so not the time of day, which may jump.
    clock: () => performance.now(),
    queueMax: Number.MAX_SAFE_INTEGER,
    batchMax: 100,
    batchJobsMax: 1000,
    patienceMillis,
    onError: (error, deliveries) =>
      log.error({ error: messageOf(error), deliveries }, "deliveries could not be written"),
  });
  const counts = new Map<Replayed, number>();
  try {
    for await (const page of storedDeliveries(store.connection.knex, filter)) {
      const outcomes = await Promise.all(page.map((stored) => replayOne(stored)));
      for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  } finally {
    await ledger.drain();
    await store.close();
  }
  return counts;

  async function replayOne(stored: StoredDelivery): Promise<Replayed> {
    const adapter = (adapters as readonly Adapter[]).find(({ name }) => name === stored.provider);
    if (adapter === undefined) return "unknown";
    if (isChanged(stored)) return "incomplete";
    const request = restoreRequest(stored);
    const { source } = stored;
    const settings = config.sources.find(({ name }) => name === source)?.settings;
    const { jobsMax } = config;
    const options = { source, keepBodies: true, settings, jobsMax, replayOf: stored.key };
    return ledger.submit(createSubmission(adapter, request, options));
  }
}

/** Prints what became of the stored deliveries; exit code 0. */
export async function replay(config: Config, log: Log, filter: StoredFilter): Promise<number> {
  const counts = await replayStored(config, log, filter);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  process.stdout.write(`replayed: ${parts.length === 0 ? "nothing was stored that fits" : parts.join(", ")}\n`);
  config.close();
  return 0;
}
