import { unlimitedBudget } from "../../series-budget.ts";
import { addIncrements } from "../record/increments.ts";
import type { Connection } from "../db/connect.ts";
import { requireTarget } from "../record/series-cache.ts";
import { resolveSeries } from "../record/series.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";
import { toSeriesKey, type Series } from "../../series.ts";
import type { Increment } from "../../increment.ts";

/**
 * Adds totals that another program had counted, all in one transaction and once for each `key`; returns false, and adds
 * nothing, when that was done before, by any process. The start of those totals is unknown, so series that did not exist get
 * createdAt 0. The series budget does not apply: a total that was shown must not disappear. It waits for half a minute where
 * another process writes.
 */
export async function importTotals(
  { knex, bulk }: Connection,
  key: string,
  totals: readonly Increment[],
  now: number,
): Promise<boolean> {
  const importOnce = async (trx: Transaction) => {
    const marked = await trx.query(
      `insert into total_imports (key, imported_at, series) values (?, ?, ?) on conflict (key) do nothing returning key`,
      [key, now, totals.length],
    );
    if (marked.length === 0) return false;
    const wanted = new Map<string, Series>(totals.map((total) => [toSeriesKey(total), total]));
    const { targets } = await resolveSeries(trx, wanted, { budget: unlimitedBudget, now: 0 });
    await addIncrements(trx, totals, (series) => requireTarget(targets.get(toSeriesKey(series)), series));
    return true;
  };
  return retryWhileBusy(() => knex.transaction((trx) => importOnce(wrapTransaction(trx, bulk))));
}

/** True where `key` was imported before. */
export async function wasImported({ knex }: Connection, key: string): Promise<boolean> {
  return (await knex("total_imports").where({ key }).first("key")) !== undefined;
}
