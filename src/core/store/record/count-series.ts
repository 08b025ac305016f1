import { type MetricKey } from "../../stored-metrics.ts";
import { findOwner, isShared, ownedMetrics, type SeriesBudget, type StoredSeries } from "../../series-budget.ts";
import { inByteOrder } from "../db/rowset.ts";
import { ownedSeriesRowset } from "../db/rowsets.ts";
import type { Transaction } from "../db/transaction.ts";
import { type Labels, type Series, splitLabels } from "../../series.ts";

/** Counts the stored series that decide whether these may be added. The caller holds the lock of series. */
export async function countStored(
  trx: Transaction,
  adding: readonly Series[],
  budget: SeriesBudget,
): Promise<StoredSeries> {
  const rows = await trx.query("select metric, count(*) as stored from rollups group by metric");
  const all = new Map(rows.map((row) => [row["metric"] as MetricKey, Number(row["stored"])]));
  if (!isShared(all, adding, budget)) return { all, owned: new Map() };
  const owners = new Set(adding.flatMap((series) => findOwner(series) ?? []));
  return { all, owned: await countOwned(trx, owners) };
}

/**
 * Labels are a JSON array, so those of one provider and project begin with the same text, such as `["gitlab","shop/cart",`,
 * and lie together in the index of series.
 */
async function countOwned(trx: Transaction, owners: ReadonlySet<Labels>): Promise<StoredSeries["owned"]> {
  const ranges = new Map([...owners].map((owner) => [JSON.stringify(splitLabels(owner)).slice(0, -1), owner]));
  const labels = inByteOrder(trx.bulk.engine, "rollups.labels");
  const rows = await trx.write(
    ownedSeriesRowset,
    [...ranges.keys()].flatMap((start) => ownedMetrics.map((metric) => [metric, `${start},`, `${start}-`])),
    (from) => `
    select given.metric, given.first, (
      select count(*) from rollups
      where rollups.metric = given.metric and ${labels} >= given.first and ${labels} < given.after_last
    ) as stored
    from ${from}`,
  );
  const owned = new Map([...owners].map((owner) => [owner, new Map<MetricKey, number>()]));
  for (const { metric, first, stored } of rows) {
    const owner = ranges.get((first as string).slice(0, -1)) ?? "";
    owned.get(owner)?.set(metric as MetricKey, Number(stored));
  }
  return owned;
}
