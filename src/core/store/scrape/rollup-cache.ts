import type { Knex } from "knex";
import { storedMetrics, type MetricKey, type StoredMetric } from "../../stored-metrics.ts";
import type { RollupRow } from "../../snapshot.ts";
import { listNames } from "../db/columns.ts";
import { readArrays } from "../db/connect.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { bucketNames, exemplarColumns, figureColumns, rollupColumns } from "../db/tables.ts";

/** Reads all series: counters, then histograms, each by metric and labels. */
export type RollupReader = (trx: Knex) => Promise<RollupRow[]>;

/** What a series is called, which never changes. */
interface Series extends Pick<RollupRow, "metric" | "labels" | "createdAt"> {
  readonly id: number;
}

/** What a row looked like, and what was read of it then: nothing, if it is no series that this version knows. */
interface Stored {
  /** With the id, which series it is: after a failover that lost the latest rows, an id may have been given again. */
  readonly createdAt: number;
  readonly fingerprint: string;
  readonly row?: RollupRow;
}

type Rows = ReadonlyMap<number, Stored>;

/** Rows between two turns of the event loop: some milliseconds. */
const sliceRows = 2000;

const types = ["counter", "histogram"] as const;
const getType = (key: MetricKey): StoredMetric["type"] => storedMetrics[key].type;
const keys = (Object.keys(storedMetrics) as MetricKey[]).toSorted();
const sortedKeys = types.flatMap((type) => keys.filter((key) => getType(key) === type));
/** What is read of a series that moved, in the order in which `decodeRollup` takes it apart. Most of a histogram are its buckets. */
const counterColumns = listNames({ id: rollupColumns.id, ...figureColumns, ...exemplarColumns });
const columns = { counter: counterColumns, histogram: [...counterColumns, ...bucketNames] };

/**
 * Differs whenever a row does, in one short text: a row changes by being added to, which moves `count`, or by a rebuild,
 * which may move its sum or its buckets alone. Buckets only grow, so their sum with positive weights moves with any of them.
 * To read this of every row takes a third of reading every row.
 */
const fingerprint = `count || ' ' || sum_millis || ' ' || coalesce(exemplar_at, 0) || ' ' ||
  (${bucketNames.map((column, i) => `${i * i + 1} * ${column}`).join(" + ")})`;

/**
 * A reader that remembers: of most series nothing moved since the last scrape, and those are not read again. What it
 * remembers is held against the database each time, so that it does not matter who else writes there.
 */
export function createRollupReader(engine: Engine): RollupReader {
  let known: { readonly rows: Rows; readonly series: readonly Series[] } = { rows: new Map(), series: [] };
  return async (trx) => {
    const last = known;
    const { rows, moved, isSameSeries } = await compare(trx, engine, last.rows);
    const series = isSameSeries ? last.series : await readSeries(trx, engine, last.series);
    for (const type of types) {
      const ofType = series.filter(({ id, metric }) => moved.has(id) && getType(metric) === type);
      for (let from = 0; from < ofType.length; from += sliceRows) {
        const slice = new Map(ofType.slice(from, from + sliceRows).map((one) => [one.id, one]));
        for (const row of await rowsById(trx, engine, columns[type], [...slice.keys()])) {
          const id = rollupColumns.id.decode(row[0]);
          const [one, stored] = [slice.get(id), rows.get(id)];
          if (one !== undefined && stored !== undefined) rows.set(one.id, { ...stored, row: decodeRollup(one, row) });
        }
        await new Promise(setImmediate);
      }
    }
    // Both at once and from one snapshot, so that they fit each other also while another scrape reads.
    known = { rows, series };
    return series.flatMap(({ id }) => rows.get(id)?.row ?? []);
  };
}

interface Compared {
  /** All of them: as they were stored, and of those that moved what they look like now. */
  readonly rows: Map<number, Stored>;
  /** The ids of those that do not look as they did, or are new. */
  readonly moved: ReadonlySet<number>;
  /** Whether no series came or went. */
  readonly isSameSeries: boolean;
}

async function compare(trx: Knex, engine: Engine, last: Rows): Promise<Compared> {
  const rows = new Map<number, Stored>();
  const moved = new Set<number>();
  let isSubset = true;
  for await (const slice of readFingerprints(trx, engine)) {
    for (const [id, createdAt, text] of slice as [number, number, string][]) {
      const stored = last.get(id);
      const isKnown = stored?.createdAt === createdAt;
      if (isKnown && stored.fingerprint === text) rows.set(id, stored);
      else {
        rows.set(id, { createdAt, fingerprint: text });
        moved.add(id);
        isSubset &&= isKnown;
      }
    }
  }
  return { rows, moved, isSameSeries: isSubset && rows.size === last.size };
}

/** Ids, creation times and fingerprints. SQLite's driver blocks while it reads, ours while it compares: deliveries get their turn in between. */
async function* readFingerprints(trx: Knex, engine: Engine): AsyncGenerator<unknown[][]> {
  const select = `select id, created_at, ${fingerprint} from rollups`;
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

/** The series of each metric that this version knows, in order: one of another (a downgrade) is not ours to show. */
async function readSeries(trx: Knex, engine: Engine, last: readonly Series[]): Promise<Series[]> {
  const known = new Map(last.map((one) => [one.id, one]));
  const select = `select id, metric, labels, created_at from rollups where metric = ?`;
  const series: Series[] = [];
  for (const key of sortedKeys) {
    const ofMetric = await readArrays(trx, `${select} order by ${inByteOrder(engine, "labels")}`, [key]);
    for (const row of ofMetric) {
      const one = known.get(rollupColumns.id.decode(row[0]));
      series.push(one !== undefined && one.createdAt === row[3] ? one : decodeSeries(row));
    }
    await new Promise(setImmediate);
  }
  return series;
}

function decodeSeries([id, metric, labels, createdAt]: readonly unknown[]): Series {
  return {
    id: rollupColumns.id.decode(id),
    metric: rollupColumns.metric.decode(metric),
    labels: rollupColumns.labels.decode(labels),
    createdAt: rollupColumns.createdAt.decode(createdAt),
  };
}

function rowsById(trx: Knex, engine: Engine, of: readonly string[], ids: readonly number[]): Promise<unknown[][]> {
  const select = `select ${of.join(", ")} from rollups where id`;
  return engine === "postgres"
    ? readArrays(trx, `${select} = any(?::bigint[])`, [[...ids]])
    : readArrays(trx, `${select} in (select value from json_each(?))`, [JSON.stringify(ids)]);
}

function decodeRollup({ metric, labels, createdAt }: Series, row: readonly unknown[]): RollupRow {
  const { count, sumMillis, exemplarRun, exemplarUrl, exemplarAt, exemplarSeconds } = rollupColumns;
  const run = exemplarRun.decode(row[3]);
  const at = exemplarAt.decode(row[5]);
  return {
    metric,
    labels,
    createdAt,
    count: count.decode(row[1]),
    sum: sumMillis.decode(row[2]) / 1000,
    // Nearly all cells of a histogram: not looked at one by one.
    buckets: row.slice(counterColumns.length) as number[],
    exemplar:
      run === null || at === null
        ? null
        : { run, url: exemplarUrl.decode(row[4]), at, seconds: exemplarSeconds.decode(row[6]) },
  };
}
