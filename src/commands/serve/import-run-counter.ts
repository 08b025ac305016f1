import { existsSync } from "node:fs";
import type { Config } from "../../config/index.ts";
import { AppError, readMessage } from "../../core/errors.ts";
import { readForeignTable } from "../../core/store/maintenance/index.ts";
import type { Store } from "../../core/store/index.ts";
import type { Log } from "../../log.ts";
import { parseRunCounterName } from "../../metrics/legacy-names.ts";
import { joinLabels } from "../../core/series.ts";
import type { Increment } from "../../core/increment.ts";

/** There is one run counter to take the place of; a file that was moved or grew meanwhile must not count again. */
const importKey = "run-counter";

interface OldCount {
  readonly name: string;
  readonly success: number;
  readonly failure: number;
}

/**
 * Takes over the totals of an old run counter from `PRPC_DB_PATH`, once, so that no counter falls; no file, or one without
 * the old table, is nothing to do. Throws `config`, in one line, for a file that cannot be understood.
 */
export async function importRunCounter(
  { maintenance }: Pick<Store, "maintenance">,
  { legacyDatabasePath: path }: Pick<Config, "legacyDatabasePath">,
  log: Pick<Log, "info" | "warn">,
): Promise<void> {
  if (!existsSync(path) || (await maintenance.wasImported(importKey))) return;
  const counts = readCounts(path);
  if (counts === undefined) return;
  const fit = counts.filter(({ name }) => parseRunCounterName(name).ok);
  if (!(await maintenance.importTotals(importKey, fit.flatMap(createIncrements), Date.now()))) return;
  const runs = fit.reduce((sum, { success, failure }) => sum + success + failure, 0);
  log.info({ path, pipelines: fit.length, runs }, "imported the totals of an old run counter");
  const left = counts.filter((count) => !fit.includes(count)).map(({ name }) => name.slice(0, 100));
  if (left.length > 0)
    log.warn(
      { path, names: left.slice(0, 20), count: left.length },
      "left out: names that Prometheus does not allow, or that other metrics have",
    );
}

function readCounts(path: string): OldCount[] | undefined {
  try {
    return readForeignTable(path, "pipelineRuns", ["name", "success", "failure"])?.map(decodeCount);
  } catch (error) {
    const reason = readMessage(error).replaceAll(/\s+/g, " ");
    throw new AppError("config", `PRPC_DB_PATH: ${path} cannot be imported: ${reason}`, { cause: error });
  }
}

function decodeCount({ name, success, failure }: Readonly<Record<string, unknown>>): OldCount {
  if (typeof name !== "string") throw new Error("a name in the table pipelineRuns is no text");
  return { name, success: requireCount(name, success), failure: requireCount(name, failure) };
}

function requireCount(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`a count of ${JSON.stringify(name.slice(0, 100))} is no whole number, or below 0`);
}

function createIncrements({ name, success, failure }: OldCount): Increment[] {
  return [
    { metric: "runCounter", labels: joinLabels(name, "success"), count: success },
    { metric: "runCounter", labels: joinLabels(name, "failure"), count: failure },
  ];
}
