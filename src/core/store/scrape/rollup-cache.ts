import type { Knex } from "knex";
import { rollupMetrics, type RollupKey, type RollupMetric } from "../../rollup.ts";
import type { RollupRow } from "../../snapshot.ts";
import { arraysOf } from "../db/connect.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { bucketNames } from "../db/tables.ts";

/** Reads all series: counters, then histograms, each by metric and labels. */
export type TotalsReader = (trx: Knex) => Promise<RollupRow[]>;

/** What a series is called, which never changes. */
interface Series extends Pick<RollupRow, "metric" | "labels" | "createdAt"> {
  readonly id: number;
}

/** What a row looked like, and what was read of it then: nothing, if it is no series that this version knows. */
interface Stored {
  /** With the id, which series it is: after a failover that lost the latest rows, an id may have been given again. */
  readonly createdAt: number;
  readonly print: string;
  readonly row?: RollupRow;
}

type Rows = ReadonlyMap<number, Stored>;

/** Rows between two turns of the event loop: some milliseconds. */
const sliceRows = 2000;

const types = ["counter", "histogram"] as const;
const typeOf = (key: RollupKey): RollupMetric["type"] => rollupMetrics[key].type;
const keys = (Object.keys(rollupMetrics) as RollupKey[]).toSorted();
const sortedKeys = types.flatMap((type) => keys.filter((key) => typeOf(key) === type));
/** What is read of a series that moved, in the order in which `movedRow` takes it apart. Most of a histogram are its buckets. */
const counterColumns = "id count sum_millis exemplar_run exemplar_url exemplar_at exemplar_seconds".split(" ");
const columns = { counter: counterColumns, histogram: [...counterColumns, ...bucketNames] };

/**
 * Differs whenever a row does, in one short text: a row changes by being added to, which moves `count`, or by a rebuild,
 * which may move its sum or its buckets alone. To read this of every row takes a third of reading every row.
 */
const print = `count || ' ' || sum_millis || ' ' || coalesce(exemplar_at, 0) || ' ' ||
  (${bucketNames.map((column, i) => `${i * i + 1} * ${column}`).join(" + ")})`;

/**
 * A reader that remembers: of most series nothing moved since the last scrape, and those are not read again. What it
 * remembers is held against the database each time, so that it does not matter who else writes there.
 */
export function totalsReader(engine: Engine): TotalsReader {
  let known: { readonly rows: Rows; readonly series: readonly Series[] } = { rows: new Map(), series: [] };
  return async (trx) => {
    const last = known;
    const { rows, moved, isSameSeries } = await compare(trx, engine, last.rows);
    const series = isSameSeries ? last.series : await readSeries(trx, engine, last.series);
    for (const type of types) {
      const ofType = series.filter(({ id, metric }) => moved.has(id) && typeOf(metric) === type);
      for (let from = 0; from < ofType.length; from += sliceRows) {
        const slice = new Map(ofType.slice(from, from + sliceRows).map((one) => [one.id, one]));
        for (const row of await rowsById(trx, engine, columns[type], [...slice.keys()])) {
          const [one, stored] = [slice.get(row[0] as number), rows.get(row[0] as number)];
          if (one !== undefined && stored !== undefined) rows.set(one.id, { ...stored, row: movedRow(one, row) });
        }
        await new Promise(setImmediate);
      }
    }
    // Both at once and from one snapshot: whoever else reads meanwhile, they fit each other.
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
  for await (const slice of printsOf(trx, engine)) {
    for (const [id, createdAt, text] of slice as [number, number, string][]) {
      const stored = last.get(id);
      const isKnown = stored?.createdAt === createdAt;
      if (isKnown && stored.print === text) rows.set(id, stored);
      else {
        rows.set(id, { createdAt, print: text });
        moved.add(id);
        isSubset &&= isKnown;
      }
    }
  }
  return { rows, moved, isSameSeries: isSubset && rows.size === last.size };
}

/** Ids, creation times and prints. SQLite's driver blocks while it reads, ours while it compares: deliveries get their turn in between. */
async function* printsOf(trx: Knex, engine: Engine): AsyncGenerator<unknown[][]> {
  const select = `select id, created_at, ${print} from rollups`;
  if (engine === "postgres") {
    const all = await arraysOf(trx, select);
    for (let from = 0; from < all.length; from += sliceRows) {
      yield all.slice(from, from + sliceRows);
      await new Promise(setImmediate);
    }
    return;
  }
  let slice: unknown[][] = [];
  do {
    const after = (slice.at(-1)?.[0] ?? 0) as number;
    slice = await arraysOf(trx, `${select} where id > ? order by id limit ${sliceRows}`, [after]);
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
    const ofMetric = await arraysOf(trx, `${select} order by ${inByteOrder(engine, "labels")}`, [key]);
    for (const row of ofMetric) {
      const one = known.get(row[0] as number);
      series.push(one !== undefined && one.createdAt === row[3] ? one : seriesOf(row));
    }
    await new Promise(setImmediate);
  }
  return series;
}

function seriesOf([id, metric, labels, createdAt]: readonly unknown[]): Series {
  return {
    id: id as number,
    metric: metric as RollupKey,
    labels: JSON.parse(labels as string) as string[],
    createdAt: createdAt as number,
  };
}

function rowsById(trx: Knex, engine: Engine, of: readonly string[], ids: readonly number[]): Promise<unknown[][]> {
  const select = `select ${of.join(", ")} from rollups where id`;
  return engine === "postgres"
    ? arraysOf(trx, `${select} = any(?::bigint[])`, [ids as number[]])
    : arraysOf(trx, `${select} in (select value from json_each(?))`, [JSON.stringify(ids)]);
}

function movedRow({ metric, labels, createdAt }: Series, row: readonly unknown[]): RollupRow {
  const run = row[3] as string | null;
  return {
    metric,
    labels,
    createdAt,
    count: row[1] as number,
    sum: (row[2] as number) / 1000,
    buckets: row.slice(counterColumns.length) as number[],
    exemplar:
      run === null
        ? null
        : { run, url: row[4] as string | null, at: row[5] as number, seconds: row[6] as number | null },
  };
}
