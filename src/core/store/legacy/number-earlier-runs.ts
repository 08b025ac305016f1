import { collectorSource, isPipelineProvider } from "../../legacy/saved-pipelines.ts";
import type { Row } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { inTransaction } from "../db/in-transaction.ts";
import { legacyToolColumns } from "../db/legacy-tables.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { runIdRowset } from "../db/rowsets.ts";
import { runColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";
import { numberRuns, readNumber } from "./number-runs.ts";

/** Runs in one transaction: few, so that deliveries that arrive meanwhile wait only briefly. */
const sliceSize = 200;

/**
 * Gives numbers to the runs that were recorded before the old collector's tables were in use, slice by slice. Safe on
 * several replicas at once, of which one works at a time, and to stop at any time. Returns how many runs got one.
 */
export async function numberEarlierRuns(connection: Connection, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    if (signal?.aborted === true) return total;
    const numbered = await retryWhileBusy(() => inTransaction(connection, numberSlice));
    if (numbered === undefined) return total;
    total += numbered;
    // Room for deliveries between two slices.
    await new Promise(setImmediate);
  }
}

/** Numbers one slice; `undefined`: nothing is left to do now. Exported for tests, which stop between two slices. */
export async function numberSlice(trx: Transaction): Promise<number | undefined> {
  // Of two replicas the second finds nothing, and tries again in a minute.
  const lock = trx.bulk.engine === "postgres" ? "for update skip locked" : "";
  const [range] = await trx.query(
    `select number_after, number_to from legacy_tools where tool = '${collectorSource}' and number_after < number_to ${lock}`,
  );
  if (range === undefined) return undefined;
  const [after, to] = [legacyToolColumns.numberAfter.read(range), legacyToolColumns.numberTo.read(range)];
  const slice = await trx.query(
    `select runs.id, runs.native_id, runs.provider, legacy_runs.pipeline_id
     from runs left join legacy_runs on legacy_runs.run_id = runs.id
     where runs.id > ? and runs.id <= ? order by runs.id limit ${sliceSize}`,
    [after, to],
  );
  const lacking = slice.filter(lacksNumber);
  const free = await lockFree(trx, lacking);
  const locked = lacking.findIndex((row) => !free.has(runColumns.id.read(row)));
  const ready = locked < 0 ? lacking : lacking.slice(0, locked);
  await numberRuns(
    trx,
    new Map(ready.map((row) => [runColumns.id.read(row), readNumber(runColumns.nativeId.read(row))])),
  );
  const end = slice[sliceSize - 1];
  const last = end === undefined ? to : runColumns.id.read(end);
  const done = locked < 0 ? last : runColumns.id.read(lacking[locked] as Row) - 1;
  if (done <= after) return undefined;
  await trx.query(`update legacy_tools set number_after = ? where tool = '${collectorSource}'`, [done]);
  return ready.length;
}

function lacksNumber(run: Row): boolean {
  return isPipelineProvider(runColumns.provider.read(run)) && run["pipeline_id"] === null;
}

/**
 * Locks those runs that no delivery has locked, until the commit, and returns their ids: a number refers to its run, and to
 * wait for a run that a delivery has locked could be a deadlock, because deliveries lock runs in another order.
 */
async function lockFree(trx: Transaction, runs: readonly Row[]): Promise<ReadonlySet<number>> {
  const ids = runs.map(runColumns.id.read);
  if (trx.bulk.engine === "sqlite") return new Set(ids);
  const locked = await trx.write(
    runIdRowset,
    ids.map((id) => [id]),
    (from) => `select id from runs where id in (select run_id from ${from}) for key share skip locked`,
  );
  return new Set(locked.map(runColumns.id.read));
}
