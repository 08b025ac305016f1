import type { Knex } from "knex";
import { bucketCount, rollupMetrics, type RollupKey, type RollupMetric } from "../rollup.ts";
import type { RollupRow } from "../snapshot.ts";
import { arraysOf } from "./database.ts";
import { inByteOrder, type Engine } from "./input.ts";

/** Reads all series: counters, then histograms, each by metric and labels. */
export type TotalsReader = (trx: Knex) => Promise<RollupRow[]>;

/** A series as it was read, and what its row looked like then. */
interface Stored {
  readonly print: string;
  readonly row: RollupRow;
}

/** Rows between two turns of the event loop: some milliseconds. */
const sliceRows = 2000;

const buckets = Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`);
/** What is read of a series, in the order in which `rollupRow` takes it apart. */
const cells =
  "id metric labels count sum_millis created_at exemplar_run exemplar_url exemplar_at exemplar_seconds".split(" ");

/**
 * Differs whenever a row does, in one short text: a row changes by being added to, which moves `count`, or by a rebuild,
 * which may move its sum or its buckets alone. To read this of every row takes a third of reading every row.
 */
const print = `count || ' ' || sum_millis || ' ' || coalesce(exemplar_at, 0) || ' ' ||
  (${buckets.map((column, i) => `${i * i + 1} * ${column}`).join(" + ")})`;

/**
 * A reader that remembers: of most series nothing moved since the last scrape, and those are not read again. What it
 * remembers is held against the database each time, so that it does not matter who else writes there.
 */
export function totalsReader(engine: Engine): TotalsReader {
  let known: ReadonlyMap<number, Stored> = new Map();
  let sorted: readonly number[] = [];
  return async (trx) => {
    const [last, lastSorted] = [known, sorted];
    const { same, moved } = await compare(trx, engine, last);
    const next = new Map(same);
    for (let from = 0; from < moved.length; from += sliceRows)
      await readInto(next, trx, engine, moved.slice(from, from + sliceRows));
    const isSameSeries = next.size === last.size && moved.every(([id]) => last.has(id));
    const order = isSameSeries ? lastSorted : await idsInOrder(trx, engine);
    // Both at once and from one snapshot: whoever else reads meanwhile, they fit each other.
    [known, sorted] = [next, order];
    return order.flatMap((id) => next.get(id)?.row ?? []);
  };
}

interface Compared {
  readonly same: Map<number, Stored>;
  readonly moved: readonly (readonly [number, string])[];
}

/** All rows by whether they still look as they did. */
async function compare(trx: Knex, engine: Engine, last: ReadonlyMap<number, Stored>): Promise<Compared> {
  const same = new Map<number, Stored>();
  const moved: [number, string][] = [];
  for await (const slice of slices(trx, engine)) {
    for (const [id, text] of slice as [number, string][]) {
      const stored = last.get(id);
      if (stored?.print === text) same.set(id, stored);
      else moved.push([id, text]);
    }
  }
  return { same, moved };
}

/** Ids and prints. SQLite's driver blocks while it reads, PostgreSQL's while it takes rows apart: others get their turn. */
async function* slices(trx: Knex, engine: Engine): AsyncGenerator<unknown[][]> {
  const select = `select id, ${print} from rollups`;
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

/** Reads these rows whole. */
async function readInto(rows: Map<number, Stored>, trx: Knex, engine: Engine, moved: Compared["moved"]): Promise<void> {
  const prints = new Map(moved);
  const ids = [...prints.keys()];
  const select = `select ${[...cells, ...buckets].join(", ")} from rollups where id`;
  const found =
    engine === "postgres"
      ? await arraysOf(trx, `${select} = any(?::bigint[])`, [ids])
      : await arraysOf(trx, `${select} in (select value from json_each(?))`, [JSON.stringify(ids)]);
  for (const row of found) {
    const id = row[0] as number;
    rows.set(id, { print: prints.get(id) ?? "", row: rollupRow(row) });
  }
  await new Promise(setImmediate);
}

/** The series of each metric this version knows; a row of another one (a downgrade) is not ours to show. */
async function idsInOrder(trx: Knex, engine: Engine): Promise<number[]> {
  const order = ["metric", "labels"].map((column) => inByteOrder(engine, column)).join(", ");
  const ids: number[] = [];
  for (const type of ["counter", "histogram"] as const) {
    const keys = Object.entries<RollupMetric>(rollupMetrics).filter(([, metric]) => metric.type === type);
    const list = keys.map(([key]) => `'${key}'`).join(", ");
    const rows = await arraysOf(trx, `select id from rollups where metric in (${list}) order by ${order}`);
    for (const [id] of rows) ids.push(id as number);
  }
  return ids;
}

function rollupRow(row: readonly unknown[]): RollupRow {
  const metric = row[1] as RollupKey;
  const run = row[6] as string | null;
  const { buckets: bounds }: Partial<RollupMetric> = rollupMetrics[metric] ?? {};
  return {
    metric,
    labels: JSON.parse(row[2] as string) as string[],
    count: row[3] as number,
    sum: (row[4] as number) / 1000,
    // A counter has none.
    buckets: bounds === undefined ? [] : (row.slice(cells.length) as number[]),
    createdAt: row[5] as number,
    exemplar:
      run === null
        ? null
        : { run, url: row[7] as string | null, at: row[8] as number, seconds: row[9] as number | null },
  };
}
