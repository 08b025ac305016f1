import { releaseRun } from "../../waiting.ts";
import { addUp, resolveChanges, type SeriesOptions } from "./count-changes.ts";
import { runIdRowset } from "../db/rowsets.ts";
import { readRecords } from "./read-records.ts";
import type { CacheUpdate } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { readRunKey } from "../db/rows.ts";
import { runColumns } from "../db/tables.ts";
import type { Millis } from "../../time.ts";

/** Runs in one transaction: few, because each may have thousands of jobs, and deliveries that arrive meanwhile wait. */
const batchSize = 10;

export interface Released extends CacheUpdate {
  readonly runs: number;
}

/**
 * Counts the jobs of some runs whose wait began before `before`, under the name that the run has so far. Safe on several
 * replicas at once, and to stop at any time. The caller commits.
 */
export async function releaseBatch(trx: Transaction, before: Millis, options: SeriesOptions): Promise<Released> {
  // Runs that a delivery has locked are left to it, or to the next call: nothing waits for a lock here.
  const lock = trx.bulk.engine === "postgres" ? "for update skip locked" : "";
  const rows = await trx.query(
    `select * from runs where waiting_since < ? order by waiting_since limit ${batchSize} ${lock}`,
    [before],
  );
  const records = await readRecords(trx, rows);
  const changes = rows.flatMap((row) => {
    const record = records.get(readRunKey(row));
    if (record === undefined) return [];
    return [
      {
        run: readRunKey(row),
        change: releaseRun(runColumns.provider.read(row), runColumns.nativeId.read(row), record),
      },
    ];
  });
  const { findTarget, ...update } = await resolveChanges(trx, changes, options);
  const ids = new Map(rows.map((row) => [readRunKey(row), runColumns.id.read(row)]));
  await trx.write(
    runIdRowset,
    [...ids.values()].map((id) => [id]),
    (from) => `update runs set waiting_since = null where id in (select run_id from ${from})`,
  );
  await addUp(trx, changes, { ids, stored: records, findTarget, shard: options.shard });
  return { ...update, runs: rows.length };
}
