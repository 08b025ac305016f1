import { adapters } from "../../adapters/index.ts";
import type { Config } from "../../config/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import type { StoredDelivery, StoredFilter } from "../../core/store/maintenance/index.ts";
import { isChanged, restoreRequest } from "../../ingest/kept-content.ts";
import { createSubmission } from "../../ingest/submission.ts";
import type { Log } from "../../log.ts";
import { withLedger } from "../with-store.ts";
import type { Outcome } from "../../core/delivery.ts";

/** `unknown`: its provider has no adapter. `incomplete`: only part of the body was kept, so it is not sent. */
type Replayed = Outcome | "unknown" | "incomplete";

/**
 * Parses stored bodies again with the current adapters. What was counted before is not counted again, so a replay can be
 * repeated. Resolves to the number of deliveries by outcome.
 */
export async function replayStored(config: Config, log: Log, filter: StoredFilter): Promise<Map<Replayed, number>> {
  const counts = new Map<Replayed, number>();
  await withLedger(config, log, async (ledger, { maintenance }) => {
    const replayOne = async (stored: StoredDelivery): Promise<Replayed> => {
      const adapter = (adapters as readonly Adapter[]).find(({ name }) => name === stored.provider);
      if (adapter === undefined) return "unknown";
      if (isChanged(stored)) return "incomplete";
      const { source } = stored;
      const settings = config.sources.find(({ name }) => name === source)?.settings;
      const options = { source, keepBodies: true, settings, jobsMax: config.jobsMax, replayOf: stored.key };
      return ledger.submit(createSubmission(adapter, restoreRequest(stored), options));
    };
    for await (const page of maintenance.readStoredDeliveries(filter)) {
      for (const outcome of await Promise.all(page.map(replayOne))) {
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    }
  });
  return counts;
}

/** `pipegauge replay`: prints the number of stored deliveries by outcome; exit code 0. */
export async function replay(config: Config, log: Log, filter: StoredFilter): Promise<number> {
  const counts = await replayStored(config, log, filter);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  process.stdout.write(parts.length === 0 ? "no stored deliveries match\n" : `replayed: ${parts.join(", ")}\n`);
  return 0;
}
