import { folded, foldedInProject } from "../../folding.ts";
import { joinLabels, rollupMetrics, seriesKey, splitLabels, type RollupKey, type Series } from "../../rollup.ts";
import { createRoom, findOwner, type Refused, type Room, type SeriesBudget } from "../../series-budget.ts";
import { seriesInput } from "../db/tables.ts";
import type { Cell } from "../db/rowset.ts";
import { countStored } from "./count-series.ts";
import type { Slots } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";

/** A series for which there was no room, and why. */
export interface Cut {
  readonly series: Series;
  readonly why: Refused;
}

export interface Resolved {
  readonly slots: Slots;
  readonly cuts: readonly Cut[];
}

/** Finds or creates the rows of `missing` within the budget; past it the senders' labels are folded. */
export async function resolveSeries(
  trx: Transaction,
  missing: ReadonlyMap<string, Series>,
  { budget, now }: { readonly budget: SeriesBudget; readonly now: number },
): Promise<Resolved> {
  const slots: Slots = new Map();
  if (missing.size === 0) return { slots, cuts: [] };
  await find(trx, [...missing.values()], slots);
  let absent = absentOf(missing, slots);
  if (absent.length === 0) return { slots, cuts: [] };
  await lockSeries(trx);
  if (trx.bulk.engine === "postgres") {
    // Whoever had the lock may have made the same ones, and they must not be taken for too many.
    await find(trx, absent, slots);
    absent = absentOf(missing, slots);
  }
  const room = createRoom(await countStored(trx, absent, budget), budget);
  const fitting: Series[] = [];
  const cuts: Cut[] = [];
  for (const series of absent) {
    const why = isItsOwnStandIn(series) ? undefined : room.take(series);
    if (why === undefined) fitting.push(series);
    else cuts.push({ series, why });
  }
  const standIns = await chooseStandIns(trx, cuts, room, slots);
  const made = new Map(
    [...fitting, ...[...standIns.values()].flatMap(({ series, overflow }) => [series, ...overflow])]
      .map((series) => [seriesKey(series), series] as const)
      .filter(([key]) => !slots.has(key)),
  );
  await create(trx, [...made.values()], now);
  await find(trx, [...made.values()], slots);
  for (const [key, { series, overflow }] of standIns) {
    const ids = overflow.map((counter) => findId(slots, counter));
    slots.set(key, { id: findId(slots, series), overflow: ids });
  }
  return { slots, cuts };
}

function findId(slots: Slots, series: Series): number {
  const slot = slots.get(seriesKey(series));
  if (slot === undefined) throw new Error(`the series of ${series.metric} was not resolved`);
  return slot.id;
}

/** Metrics without any text of a sender's cannot be folded, and ours are bounded by what they are about. */
function isItsOwnStandIn(series: Series): boolean {
  return series.metric === "overflow" || folded(series).labels === series.labels;
}

/** What stands for a series that was cut, and the counters that tell of it. */
interface StandIn {
  readonly series: Series;
  readonly overflow: readonly Series[];
}

/** By key of the series that was cut. Its own project's where that is there or has room, else one of all projects. */
async function chooseStandIns(
  trx: Transaction,
  cuts: readonly Cut[],
  room: Room,
  slots: Slots,
): Promise<Map<string, StandIn>> {
  if (cuts.length === 0) return new Map();
  const own = uniqueSeries(cuts.flatMap(({ series, why }) => [foldedInProject(series), ...overflowOf(series, why)]));
  await find(trx, [...own.values()], slots);
  const taken = new Set(slots.keys());
  const place = (series: Series): Series => {
    const key = seriesKey(series);
    if (!taken.has(key) && !room.takeStandIn(series)) return folded(series);
    taken.add(key);
    return series;
  };
  return new Map(
    cuts.map(({ series, why }) => [
      seriesKey(series),
      { series: place(foldedInProject(series)), overflow: overflowOf(series, why).map(place) },
    ]),
  );
}

function uniqueSeries(all: readonly Series[]): Map<string, Series> {
  return new Map(all.map((series) => [seriesKey(series), series]));
}

/** The counters that tell how often increments of this series' metric were folded, and which project had its share. */
function overflowOf(series: Series, why: Refused): Series[] {
  const { name } = rollupMetrics[series.metric];
  const owner = why === "share" ? findOwner(series) : undefined;
  const all: Series = { metric: "overflow", labels: name };
  return owner === undefined ? [all] : [all, { metric: "projectOverflow", labels: joinLabels(name, owner) }];
}

function absentOf(missing: ReadonlyMap<string, Series>, slots: Slots): Series[] {
  return [...missing].filter(([key]) => !slots.has(key)).map(([, series]) => series);
}

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const seriesLock = 7_310_001;

/**
 * New series are rare; making (and retiring) them one transaction at a time keeps the budget exact and deadlocks away.
 * SQLite has one writer, and it is us.
 */
export async function lockSeries(trx: Transaction): Promise<void> {
  if (trx.bulk.engine === "postgres") await trx.query(`select pg_advisory_xact_lock(${seriesLock})`);
}

async function find(trx: Transaction, series: readonly Series[], slots: Slots): Promise<void> {
  const rows = await trx.write(
    seriesInput,
    series.map(seriesCells(0)),
    (from) => `
    select rollups.id, rollups.metric, rollups.labels
    from ${from} join rollups on rollups.metric = given.metric and rollups.labels = given.labels`,
  );
  for (const { id, metric, labels } of rows) {
    const values = JSON.parse(labels as string) as string[];
    const found: Series = { metric: metric as RollupKey, labels: joinLabels(...values) };
    slots.set(seriesKey(found), { id: Number(id) });
  }
}

async function create(trx: Transaction, series: readonly Series[], now: number): Promise<void> {
  await trx.write(
    seriesInput,
    series.map(seriesCells(now)),
    (from, columns) => `
    insert into rollups (${columns}) select ${columns} from ${from} where true order by metric, labels
    on conflict (metric, labels) do nothing`,
  );
}

const seriesCells =
  (now: number) =>
  ({ metric, labels }: Series): Cell[] => [metric, JSON.stringify(splitLabels(labels)), now];
