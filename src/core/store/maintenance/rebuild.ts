import { randomUUID } from "node:crypto";
import { provenMetrics, storedMetrics, type StoredMetric } from "../../stored-metrics.ts";
import { unlimitedBudget } from "../../series-budget.ts";
import type { Connection } from "../db/connect.ts";
import type { Cell } from "../db/rowset.ts";
import { additionRowset } from "../db/rowsets.ts";
import { summedNames } from "../db/tables.ts";
import { advance, takeOverOperation, endOperation } from "../db/progress.ts";
import { isFolded, zero, recomputeTotals, type Figures, type Step, type Recomputed, type Total } from "./recompute.ts";
import { lockRollups } from "../record/increments.ts";
import { requireTarget } from "../record/series-cache.ts";
import { resolveSeries } from "../record/series.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { toSeriesKey, type Series } from "../../series.ts";

/** One metric's totals, compared with what stored rows prove. */
export interface MetricFinding {
  readonly name: string;
  /** Series that are stored or proven, without folded ones. */
  readonly series: number;
  /** Series that are too low, and the number of missing events and observations of all of them. */
  readonly short: number;
  readonly missing: number;
  /** Series that hold more than is proven: retention deleted their history, or their totals were imported. */
  readonly above: number;
  /** False: the metric was full once, and it is not stored which times were folded. */
  readonly provable: boolean;
}

export interface Findings {
  readonly metrics: readonly MetricFinding[];
  /** The amounts to add to each series that is too low. */
  readonly shortfalls: readonly Total[];
  /** Completions that were counted in a series that no longer exists: they prove nothing. */
  readonly orphans: number;
}

/** Compares all totals with stored completions, in one snapshot. Writes nothing; a server may run meanwhile. */
export async function compareTotals({ knex, bulk, engine }: Connection, onStep?: Step): Promise<Findings> {
  return knex.transaction(async (trx) => {
    // The comparison may take long between two statements, and PostgreSQL must not end the idle transaction.
    if (engine === "postgres") await trx.raw("set local idle_in_transaction_session_timeout = 0");
    return compareFigures(await recomputeTotals(wrapTransaction(trx, bulk), onStep));
  }, getSnapshotConfig(engine));
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

/** The amounts to add so that `stored` holds at least `proven`, and the buckets of a histogram add up to its count. */
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

/** Series that are raised in one transaction: few, so that deliveries that arrive meanwhile wait only briefly. */
const batchSize = 200;

/**
 * Finds totals that are too low and raises them. A delivery adds the same amount to the totals and to the rows that prove
 * them, and retention takes nothing from totals, so a shortfall stays the same while servers run, and it is added, not set.
 * After an interruption the next call adds what is still missing; of two at once the one that began first stops.
 */
export async function rebuildTotals(connection: Connection, onStep?: Step): Promise<Findings> {
  const claim = randomUUID();
  await retryWhileBusy(() => takeOverOperation(connection.knex, "rebuild", `${claim} 0`));
  const findings = await compareTotals(connection, onStep);
  const { shortfalls } = findings;
  let step = 0;
  for (let from = 0; from < shortfalls.length; from += batchSize) {
    const batch = shortfalls.slice(from, from + batchSize);
    const [now, next] = [`${claim} ${step}`, `${claim} ${++step}`];
    await retryWhileBusy(() =>
      connection.knex.transaction(async (knexTrx) => {
        const trx = wrapTransaction(knexTrx, connection.bulk);
        if (await advance(trx, "rebuild", now, next)) await raise(trx, batch);
      }),
    );
  }
  await retryWhileBusy(() => endOperation(connection.knex, "rebuild", `${claim} ${step}`));
  return findings;
}

/**
 * Rows are found, created and locked in the order of `recordBatch`. A re-created series gets `createdAt` 0, because its real
 * start is unknown.
 */
async function raise(trx: Transaction, shortfalls: readonly Total[]): Promise<void> {
  const wanted = new Map(shortfalls.map(({ series }) => [toSeriesKey(series), series]));
  const { targets } = await resolveSeries(trx, wanted, { budget: unlimitedBudget, now: 0 });
  const rows = shortfalls
    .map(({ series, figures }): [number, Figures] => [
      requireTarget(targets.get(toSeriesKey(series)), series).id,
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
