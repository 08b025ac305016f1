import { AppError } from "../../core/errors.ts";
import { adapters } from "../../adapters/index.ts";
import type { Config } from "../../config/index.ts";
import type { StoredFilter } from "../../core/store/maintenance/index.ts";
import { replayDelivery, type Replayed } from "../../ingest/replay-delivery.ts";
import type { Log } from "../../log.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { quote } from "../../text/quote.ts";
import { printResult } from "../output.ts";
import { createProgressDisplay } from "../progress.ts";
import { withLedger } from "../with-store.ts";

/** What a replay found and did. */
export interface ReplayResult {
  /** Deliveries that the filter selects, and those of them whose body is stored. */
  readonly all: number;
  readonly stored: number;
  /** The number of replayed deliveries by outcome. */
  readonly outcomes: ReadonlyMap<Replayed, number>;
}

/**
 * Parses stored bodies again with the current adapters. What was counted before is not counted again, so a replay can be
 * repeated. Throws `usage` for a source that is neither configured nor stored.
 */
export async function replayStored(
  config: Config,
  log: Log,
  filter: StoredFilter,
  onProgress: (done: number, all: number) => void = () => undefined,
): Promise<ReplayResult> {
  const outcomes = new Map<Replayed, number>();
  return withLedger(config, log, async (ledger, { maintenance }) => {
    if (filter.source !== undefined) checkSource(filter.source, config, await maintenance.listSources());
    const { all, stored } = await maintenance.countStoredDeliveries(filter);
    let done = 0;
    for await (const page of maintenance.readStoredDeliveries(filter)) {
      onProgress(done, stored);
      for (const outcome of await Promise.all(page.map((one) => replayDelivery({ ledger, config, adapters }, one))))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      done += page.length;
    }
    return { all, stored, outcomes };
  });
}

function checkSource(source: string, { sources }: Config, stored: readonly string[]): void {
  const names = [...new Set([...sources.map(({ name }) => name), ...stored])];
  if (names.includes(source)) return;
  const meant = didYouMean(source, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  throw new AppError("usage", `--source: ${quote(source)} is no source: ${hint}`);
}

/** `pipegauge replay`: prints the number of stored deliveries by outcome; exit code 0. */
export async function replay(config: Config, log: Log, filter: StoredFilter, json: boolean): Promise<number> {
  const display = createProgressDisplay(process.stderr);
  const result = await replayStored(config, log, filter, (done, all) =>
    display.show({ what: "replay", done, all, unit: "deliveries" }),
  ).finally(display.end);
  printResult(json, describeReplay(result), {
    matched: result.all,
    without_body: result.all - result.stored,
    outcomes: Object.fromEntries(result.outcomes),
  });
  return 0;
}

function describeReplay({ all, stored, outcomes }: ReplayResult): readonly string[] {
  if (all === 0) return ["no stored deliveries match"];
  const without = all - stored;
  const verb = without === 1 ? "has" : "have";
  const reason = `${without} of ${all} deliveries that match ${verb} no stored body: only dead letters are kept, and all of a source with keepBodies`;
  const parts = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`);
  return [...(parts.length === 0 ? [] : [`replayed: ${parts.join(", ")}`]), ...(without === 0 ? [] : [reason])];
}
