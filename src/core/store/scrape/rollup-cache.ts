import type { Knex } from "knex";
import { metricKeys, storedMetrics, type MetricKey, type StoredMetric } from "../../stored-metrics.ts";
import type { RollupRow } from "../../snapshot.ts";
import { listNames } from "../db/columns.ts";
import { readArrays } from "../db/connect.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { bucketNames, exemplarColumns, figureColumns, rollupColumns, rollupShardColumns } from "../db/tables.ts";
import { selectFingerprints } from "./fingerprints.ts";
import { sumShards } from "./sum-shards.ts";

/** Reads all series: counters, then histograms, each by metric and labels. */
export type RollupReader = (trx: Knex) => Promise<RollupRow[]>;

/** The columns of a series that never change. */
interface CachedSeries extends Pick<RollupRow, "metric" | "labels" | "createdAt"> {
  readonly id: number;
}

/** The fingerprint of a row, and the row as it was read then; no row for a series of a metric that this version lacks. */
interface Stored {
  /** Identifies the series together with the id: after a failover that lost the latest rows, an id may be used again. */
  readonly createdAt: number;
  readonly fingerprint: string;
  readonly row?: RollupRow;
}

type Rows = ReadonlyMap<number, Stored>;

/** Rows between two turns of the event loop: some milliseconds. */
const sliceRows = 2000;

const types = ["counter", "histogram"] as const;
const getType = (key: MetricKey): StoredMetric["type"] => storedMetrics[key].type;
const keys = metricKeys.toSorted();
const sortedKeys = types.flatMap((type) => keys.filter((key) => getType(key) === type));
/** Columns that are read of a series that changed, in the order in which `decodeRollup` expects them. */
const counterColumns = listNames({ id: rollupColumns.id, ...figureColumns, ...exemplarColumns });
const columns = { counter: counterColumns, histogram: [...counterColumns, ...bucketNames] };
const toShardColumn = (name: string) => (name === rollupColumns.id.name ? rollupShardColumns.rollupId.name : name);

/**
 * Creates a reader with a cache: most series have not changed since the last scrape and are not read again. The cache is
 * compared with the database each time, so that other processes may write there.
 */
export function createRollupReader(engine: Engine): RollupReader {
  let cached: { readonly rows: Rows; readonly series: readonly CachedSeries[] } = { rows: new Map(), series: [] };
  return async (trx) => {
    const last = cached;
    const isSharded = await hasShards(trx);
    const { rows, moved, isSameSeries } = await compare(trx, engine, last.rows, isSharded);
    const series = isSameSeries ? last.series : await readSeries(trx, engine, last.series);
    for (const type of types) {
      const ofType = series.filter(({ id, metric }) => moved.has(id) && getType(metric) === type);
      for (let from = 0; from < ofType.length; from += sliceRows) {
        const slice = new Map(ofType.slice(from, from + sliceRows).map((one) => [one.id, one]));
        for (const row of await readRowsById(trx, engine, columns[type], [...slice.keys()], isSharded)) {
          const id = rollupColumns.id.decode(row[0]);
          const [one, stored] = [slice.get(id), rows.get(id)];
          if (one !== undefined && stored !== undefined) rows.set(one.id, { ...stored, row: decodeRollup(one, row) });
        }
        await new Promise(setImmediate);
      }
    }
    // Both are replaced together and come from one snapshot, so that they match also while another scrape reads.
    cached = { rows, series };
    return listRows(series, rows);
  };
}

/** A loop: with `flatMap`, which takes an array for each element, it holds the event loop for four times as long. */
function listRows(series: readonly CachedSeries[], rows: Rows): RollupRow[] {
  const listed: RollupRow[] = [];
  for (const { id } of series) {
    const row = rows.get(id)?.row;
    if (row !== undefined) listed.push(row);
  }
  return listed;
}

interface Compared {
  /** All rows: from the cache, or with the new fingerprint alone for those that changed. */
  readonly rows: Map<number, Stored>;
  /** The ids of rows that changed or are new. */
  readonly moved: ReadonlySet<number>;
  /** True when no series was added or removed. */
  readonly isSameSeries: boolean;
}

/** Most ledgers have no shards, and need not look for those of each row. */
async function hasShards(trx: Knex): Promise<boolean> {
  const [found] = await readArrays(trx, "select exists (select 1 from rollup_shards)");
  return Boolean(found?.[0]);
}

async function compare(trx: Knex, engine: Engine, last: Rows, isSharded: boolean): Promise<Compared> {
  const rows = new Map<number, Stored>();
  const moved = new Set<number>();
  let isSubset = true;
  for await (const slice of readFingerprints(trx, engine, isSharded)) {
    for (const [id, createdAt, text] of slice as [number, number, string][]) {
      const stored = last.get(id);
      const isSame = stored?.createdAt === createdAt;
      if (isSame && stored.fingerprint === text) rows.set(id, stored);
      else {
        rows.set(id, { createdAt, fingerprint: text });
        moved.add(id);
        isSubset &&= isSame;
      }
    }
  }
  return { rows, moved, isSameSeries: isSubset && rows.size === last.size };
}

/** Reads ids, creation times and fingerprints in slices: reading and comparing block the event loop, and deliveries get a turn in between. */
async function* readFingerprints(trx: Knex, engine: Engine, isSharded: boolean): AsyncGenerator<unknown[][]> {
  const select = selectFingerprints(engine, isSharded);
  if (engine === "postgres") {
    const all = await readArrays(trx, select);
    for (let from = 0; from < all.length; from += sliceRows) {
      yield all.slice(from, from + sliceRows);
      await new Promise(setImmediate);
    }
    return;
  }
  let slice: unknown[][] = [];
  do {
    const after = rollupColumns.id.decode(slice.at(-1)?.[0] ?? 0);
    slice = await readArrays(trx, `${select} where id > ? order by id limit ${sliceRows}`, [after]);
    yield slice;
    await new Promise(setImmediate);
  } while (slice.length === sliceRows);
}

/** The series of each metric of this version, in order. Metrics of a newer version (after a downgrade) are left out. */
async function readSeries(trx: Knex, engine: Engine, last: readonly CachedSeries[]): Promise<CachedSeries[]> {
  const previous = new Map(last.map((one) => [one.id, one]));
  const select = `select id, metric, labels, created_at from rollups where metric = ?`;
  const series: CachedSeries[] = [];
  for (const key of sortedKeys) {
    const ofMetric = await readArrays(trx, `${select} order by ${inByteOrder(engine, "labels")}`, [key]);
    for (const row of ofMetric) {
      const one = previous.get(rollupColumns.id.decode(row[0]));
      series.push(one !== undefined && one.createdAt === row[3] ? one : decodeSeries(row));
    }
    await new Promise(setImmediate);
  }
  return series;
}

function decodeSeries([id, metric, labels, createdAt]: readonly unknown[]): CachedSeries {
  return {
    id: rollupColumns.id.decode(id),
    metric: rollupColumns.metric.decode(metric),
    labels: rollupColumns.labels.decode(labels),
    createdAt: rollupColumns.createdAt.decode(createdAt),
  };
}

async function readRowsById(
  trx: Knex,
  engine: Engine,
  of: readonly string[],
  ids: readonly number[],
  isSharded: boolean,
): Promise<Iterable<readonly unknown[]>> {
  const [wanted, given] =
    engine === "postgres"
      ? ["= any(?::bigint[])", [...ids]]
      : ["in (select value from json_each(?))", JSON.stringify(ids)];
  const select = `select ${of.join(", ")} from rollups where id ${wanted}`;
  if (!isSharded) return readArrays(trx, select, [given]);
  const shards = `select ${of.map(toShardColumn).join(", ")} from rollup_shards where rollup_id ${wanted}`;
  return sumShards(await readArrays(trx, `${select} union all ${shards}`, [given, given]));
}

function decodeRollup({ metric, labels, createdAt }: CachedSeries, row: readonly unknown[]): RollupRow {
  const { count, sumMillis, exemplarRun, exemplarUrl, exemplarAt, exemplarSeconds } = rollupColumns;
  const run = exemplarRun.decode(row[3]);
  const at = exemplarAt.decode(row[5]);
  return {
    metric,
    labels,
    createdAt,
    count: count.decode(row[1]),
    sum: sumMillis.decode(row[2]) / 1000,
    // Not decoded one by one, for speed: buckets are nearly all cells of a histogram.
    buckets: row.slice(counterColumns.length) as number[],
    exemplar:
      run === null || at === null
        ? null
        : { run, url: exemplarUrl.decode(row[4]), at, seconds: exemplarSeconds.decode(row[6]) },
  };
}
