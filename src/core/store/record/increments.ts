import { bucketCount, storedMetrics, type StoredMetric } from "../../stored-metrics.ts";
import { additionRowset } from "../db/rowsets.ts";
import { listNames } from "../db/columns.ts";
import { exemplarColumns, summedNames } from "../db/tables.ts";
import { inByteOrder, type Cell, type Engine } from "../db/rowset.ts";
import { StaleSeries } from "../db/stale-series.ts";
import type { SeriesTarget } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { findBucket, type Increment } from "../../increment.ts";
import type { Series } from "../../series.ts";

/** The sum of one transaction for one series. Seconds are summed in whole milliseconds: such sums do not depend on order. */
interface Addition {
  count: number;
  sumMillis: number;
  readonly buckets: number[];
  exemplar: Increment["exemplar"];
  exemplarSeconds: number | null;
}

const exemplarNames = listNames(exemplarColumns);

/** Chooses the latest event, and of two at the same time always the same one, whatever the order of deliveries. */
const isNewer = (engine: Engine) => `(given.exemplar_at > coalesce(rollups.exemplar_at, 0)
  or (given.exemplar_at = rollups.exemplar_at
    and (given.exemplar_run > ${inByteOrder(engine, "rollups.exemplar_run")}
      or (given.exemplar_run = rollups.exemplar_run and given.exemplar_seconds > rollups.exemplar_seconds))))`;

/** Adds increments to their series, a row each. Replicas cannot deadlock, see `lockRollups`. */
export async function addIncrements(
  trx: Transaction,
  increments: Iterable<Increment>,
  findTarget: (series: Series) => SeriesTarget,
): Promise<void> {
  const additions = new Map<number, Addition>();
  for (const increment of increments) {
    const { id, overflow = [] } = findTarget(increment);
    add(additions, id, increment);
    for (const counter of overflow) add(additions, counter, { count: increment.count });
  }
  const newer = isNewer(trx.bulk.engine);
  const rows = [...additions].toSorted(([a], [b]) => a - b).map(toCells);
  await lockRollups(trx, [...additions.keys()], "no key update");
  const changed = await trx.change(
    additionRowset,
    rows,
    (from) => `
    update rollups set
      ${summedNames.map((column) => `${column} = rollups.${column} + given.${column}`).join(", ")},
      ${exemplarNames.map((c) => `${c} = case when ${newer} then given.${c} else rollups.${c} end`).join(", ")}
    from ${from} where rollups.id = given.id`,
  );
  if (changed < rows.length) throw new StaleSeries();
}

/**
 * Locks series in the order of their ids, as every transaction that changes several does. The update alone would lock in the
 * order in which the planner joins. SQLite has one writer and needs no lock.
 */
export async function lockRollups(
  trx: Transaction,
  ids: readonly number[],
  strength: "no key update" | "update",
): Promise<void> {
  if (trx.bulk.engine === "sqlite" || ids.length === 0) return;
  await trx.query(`select id from rollups where id = any(?::bigint[]) order by id for ${strength}`, [ids]);
}

function add(
  additions: Map<number, Addition>,
  id: number,
  increment: Pick<Increment, "count"> & Partial<Increment>,
): void {
  let addition = additions.get(id);
  if (addition === undefined) {
    const buckets = Array<number>(bucketCount).fill(0);
    addition = { count: 0, sumMillis: 0, buckets, exemplar: undefined, exemplarSeconds: null };
    additions.set(id, addition);
  }
  addition.count += increment.count;
  if (increment.seconds !== undefined && increment.metric !== undefined) {
    const { buckets = [] }: StoredMetric = storedMetrics[increment.metric];
    const bucket = findBucket(increment.seconds, buckets);
    addition.sumMillis += Math.round(increment.seconds * 1000);
    addition.buckets[bucket] = (addition.buckets[bucket] ?? 0) + increment.count;
  }
  if (isLater(increment, addition)) {
    addition.exemplar = increment.exemplar;
    addition.exemplarSeconds = increment.seconds ?? null;
  }
}

function isLater({ exemplar, seconds = 0 }: Partial<Increment>, { exemplar: old, exemplarSeconds }: Addition): boolean {
  if (exemplar === undefined || old === undefined) return exemplar !== undefined;
  if (exemplar.at !== old.at) return exemplar.at > old.at;
  return exemplar.run > old.run || (exemplar.run === old.run && seconds > (exemplarSeconds ?? 0));
}

function toCells([id, { count, sumMillis, buckets, exemplar, exemplarSeconds }]: [number, Addition]): Cell[] {
  const { run = null, url = null, at = null } = exemplar ?? {};
  return [id, count, sumMillis, run, url, at, exemplarSeconds, ...buckets];
}
