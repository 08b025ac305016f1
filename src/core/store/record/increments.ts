import { bucketCount, storedMetrics, type StoredMetric } from "../../stored-metrics.ts";
import { additionRowset } from "../db/rowsets.ts";
import { listNames } from "../db/columns.ts";
import { exemplarColumns, summedNames } from "../db/tables.ts";
import { inByteOrder, type Cell, type Engine } from "../db/rowset.ts";
import { readDriverCode } from "../db/transient-errors.ts";
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
const isNewer = (engine: Engine, given: string) => `(${given}.exemplar_at > coalesce(total.exemplar_at, 0)
  or (${given}.exemplar_at = total.exemplar_at
    and (${given}.exemplar_run > ${inByteOrder(engine, "total.exemplar_run")}
      or (${given}.exemplar_run = total.exemplar_run and ${given}.exemplar_seconds > total.exemplar_seconds))))`;

/** What a row of figures becomes with the addition that is called `given`. */
function buildAddition(engine: Engine, given: string): string {
  const newer = isNewer(engine, given);
  return [
    ...summedNames.map((column) => `${column} = total.${column} + ${given}.${column}`),
    ...exemplarNames.map((c) => `${c} = case when ${newer} then ${given}.${c} else total.${c} end`),
  ].join(", ");
}

/** Adds increments to a shard of their series, a row each. Replicas cannot deadlock, see `lockRollups`. */
export async function addIncrements(
  trx: Transaction,
  increments: Iterable<Increment>,
  findTarget: (series: Series) => SeriesTarget,
  shard = 0,
): Promise<void> {
  const additions = new Map<number, Addition>();
  for (const increment of increments) {
    const { id, overflow = [] } = findTarget(increment);
    add(additions, id, increment);
    const { unit }: StoredMetric = storedMetrics[increment.metric];
    for (const counter of overflow) add(additions, counter, { count: unit === "millis" ? 1 : increment.count });
  }
  const rows = [...additions].toSorted(([a], [b]) => a - b).map(toCells);
  if (shard > 0) return addToShard(trx, rows, shard);
  const [, changed] = await Promise.all([
    lockRollups(trx, [...additions.keys()], "no key update"),
    trx.change(
      additionRowset,
      rows,
      (from) => `
      update rollups as total set ${buildAddition(trx.bulk.engine, "given")} from ${from} where total.id = given.id`,
    ),
  ]);
  if (changed < rows.length) throw new StaleSeries();
}

const [, ...addedNames] = additionRowset.columns;

/** PostgreSQL's code for a row that refers to one that does not exist: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const foreignKeyViolation = "23503";

/** Adds to a shard other than 0, of which a series has a row from the first addition on. Rows are locked in the order of the ids. */
async function addToShard(trx: Transaction, rows: readonly (readonly Cell[])[], shard: number): Promise<void> {
  try {
    await trx.change(
      additionRowset,
      rows,
      (from) => `
      insert into rollup_shards as total (rollup_id, shard, ${addedNames.join(", ")})
      select id, ${shard}, ${addedNames.join(", ")} from ${from} order by id
      on conflict (rollup_id, shard) do update set ${buildAddition(trx.bulk.engine, "excluded")}`,
    );
  } catch (error) {
    throw readDriverCode(error) === foreignKeyViolation ? new StaleSeries() : error;
  }
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

/** Locks all shards of series other than 0, in the order in which deliveries lock those of one shard. */
export async function lockShards(trx: Transaction, ids: readonly number[]): Promise<void> {
  if (trx.bulk.engine === "sqlite") return;
  await trx.query(
    "select shard from rollup_shards where rollup_id = any(?::bigint[]) order by rollup_id, shard for update",
    [ids],
  );
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
