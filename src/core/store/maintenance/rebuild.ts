import { randomUUID } from "node:crypto";
import { storedMetrics, type StoredMetric } from "../../stored-metrics.ts";
import { unlimitedBudget } from "../../series-budget.ts";
import type { Connection } from "../db/connect.ts";
import type { Cell } from "../db/rowset.ts";
import { additionRowset } from "../db/rowsets.ts";
import { summedNames } from "../db/tables.ts";
import { advance, claimChore, endChore } from "./progress.ts";
import {
  isFolded,
  zero,
  recomputeTotals,
  provenMetrics,
  type Figures,
  type Recomputed,
  type Total,
} from "./recompute.ts";
import { lockRollups } from "../record/increments.ts";
import { requireTarget } from "../record/series-cache.ts";
import { resolveSeries } from "../record/series.ts";
import { snapshotConfig } from "../db/snapshot-config.ts";
import { transactionOn, type Transaction } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { seriesKey, type Series } from "../../series.ts";

/** How one metric's totals stand beside what stored rows prove. */
export interface MetricFinding {
  readonly name: string;
  /** Series that are stored or proven; folded ones are not looked at. */
  readonly series: number;
  /** Series that are too low, and by how many events and observations in all. */
  readonly short: number;
  readonly missing: number;
  /** Series that hold more than is proven: their history was purged, or was never here. */
  readonly above: number;
  /** False: it was once full, and it is not stored which times belong to which series. */
  readonly provable: boolean;
}

export interface Findings {
  readonly metrics: readonly MetricFinding[];
  /** What is to be added, of each series that is too low. */
  readonly shortfalls: readonly Total[];
  /** Completions that were counted in a series that is not there: nothing can be said of them. */
  readonly orphans: number;
}

/** Compares all totals with stored completions, in one snapshot: writes nothing, and a server may be at work. */
export async function compareTotals({ knex, bulk, engine }: Connection): Promise<Findings> {
  return knex.transaction(async (trx) => {
    // The comparison may take long between two statements of one that watches over idle transactions.
    if (engine === "postgres") await trx.raw("set local idle_in_transaction_session_timeout = 0");
    return compareFigures(await recomputeTotals(transactionOn(trx, bulk)));
  }, snapshotConfig(engine));
}

/** The pure part. */
function compareFigures(recomputed: Recomputed): Findings {
  const shortfalls: Total[] = [];
  const metrics = provenMetrics.map((metric): MetricFinding => {
    const { name }: StoredMetric = storedMetrics[metric];
    if (recomputed.unprovable.has(metric)) return { name, series: 0, short: 0, missing: 0, above: 0, provable: false };
    const keys = new Set(
      [...recomputed.stored, ...recomputed.proven].flatMap(([key, total]) => (hasMetric(total) ? [key] : [])),
    );
    let [short, missing, above] = [0, 0, 0];
    for (const key of keys) {
      const [stored, proven] = [recomputed.stored.get(key), recomputed.proven.get(key)];
      const lacking = computeShortfall(proven?.figures ?? zero(), stored?.figures ?? zero());
      if (isAbove(stored?.figures ?? zero(), proven?.figures ?? zero())) above++;
      if (isZero(lacking)) continue;
      short++;
      missing += lacking.count;
      shortfalls.push({ series: (stored ?? proven)?.series as Series, figures: lacking });
    }
    return { name, series: keys.size, short, missing, above, provable: true };

    function hasMetric({ series }: Total): boolean {
      return series.metric === metric && !isFolded(series);
    }
  });
  return { metrics, shortfalls, orphans: recomputed.orphans };
}

/** What must be added to `stored` for it to hold at least `proven`, and for a histogram's buckets to be its count. */
function computeShortfall(proven: Figures, stored: Figures): Figures {
  const buckets = proven.buckets.map((least, i) => Math.max(0, least - (stored.buckets[i] ?? 0)));
  const observed = [...stored.buckets, ...buckets].reduce((sum, count) => sum + count, 0);
  return {
    count: Math.max(0, proven.count - stored.count, observed - stored.count),
    sumMillis: Math.max(0, proven.sumMillis - stored.sumMillis),
    buckets,
  };
}

function isAbove(stored: Figures, proven: Figures): boolean {
  return (
    stored.count > proven.count ||
    stored.sumMillis > proven.sumMillis ||
    stored.buckets.some((count, i) => count > (proven.buckets[i] ?? 0))
  );
}

function isZero({ count, sumMillis, buckets }: Figures): boolean {
  return count === 0 && sumMillis === 0 && buckets.every((bucket) => bucket === 0);
}

/** Series that are raised in one transaction: few, so that deliveries that arrive meanwhile hardly wait. */
const batchSize = 200;

/**
 * Finds what is too low and raises it. A delivery adds as much to the totals as to what proves them, and retention takes
 * nothing from totals, so a shortfall stays the same whatever servers do meanwhile, and it is added, not set. Killed and
 * begun again it goes on with what is still missing; of two at once the one that began first stops.
 */
export async function rebuildTotals(connection: Connection): Promise<Findings> {
  const claim = randomUUID();
  await retryWhileBusy(() => claimChore(connection.knex, "rebuild", `${claim} 0`));
  const findings = await compareTotals(connection);
  const { shortfalls } = findings;
  let step = 0;
  for (let from = 0; from < shortfalls.length; from += batchSize) {
    const batch = shortfalls.slice(from, from + batchSize);
    const [now, next] = [`${claim} ${step}`, `${claim} ${++step}`];
    await retryWhileBusy(() =>
      connection.knex.transaction(async (knexTrx) => {
        const trx = transactionOn(knexTrx, connection.bulk);
        if (await advance(trx, "rebuild", now, next)) await raise(trx, batch);
      }),
    );
  }
  await retryWhileBusy(() => endChore(connection.knex, "rebuild", `${claim} ${step}`));
  return findings;
}

/**
 * Rows are found, made and locked in the order of `recordBatch`. A series that is made again gets `createdAt` 0, because its
 * start is not known.
 */
async function raise(trx: Transaction, shortfalls: readonly Total[]): Promise<void> {
  const wanted = new Map(shortfalls.map(({ series }) => [seriesKey(series), series]));
  const { targets } = await resolveSeries(trx, wanted, { budget: unlimitedBudget, now: 0 });
  const rows = shortfalls
    .map(({ series, figures }): [number, Figures] => [
      requireTarget(targets.get(seriesKey(series)), series).id,
      figures,
    ])
    .toSorted(([a], [b]) => a - b);
  const ids = rows.map(([id]) => id);
  await lockRollups(trx, ids, "no key update");
  await trx.write(
    additionRowset,
    rows.map(([id, { count, sumMillis, buckets }]): Cell[] => [
      id,
      count,
      sumMillis,
      null,
      null,
      null,
      null,
      ...buckets,
    ]),
    (from) => `
      update rollups set ${summedNames.map((column) => `${column} = rollups.${column} + given.${column}`).join(", ")}
      from ${from} where rollups.id = given.id`,
  );
}
