import { foldSeries } from "../../fold-series.ts";
import { createRoom, type Room, type SeriesBudget } from "../../series-budget.ts";
import { decodeSeries } from "../db/rows.ts";
import { seriesRowset } from "../db/rowsets.ts";
import type { Cell } from "../db/rowset.ts";
import { rollupColumns } from "../db/tables.ts";
import { countStored } from "./count-series.ts";
import { chooseStandIn, findCut, findStandIn, listStandIns, type Cut, type StandIn } from "./cuts.ts";
import { findCached, requireTarget, type SeriesCache, type SeriesTarget, type SeriesTargets } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { seriesKey, splitLabels, type Series } from "../../series.ts";

export interface Resolved {
  readonly targets: SeriesTargets;
  /** Series for which no room was found; not those of which that was remembered. */
  readonly cuts: readonly Cut[];
}

export interface ResolveOptions {
  readonly budget: SeriesBudget;
  readonly now: number;
  /** Left out where the budget has no end. */
  readonly cache?: SeriesCache;
}

/** Finds or creates the rows of `missing` within the budget; past it the senders' labels are folded. */
export async function resolveSeries(
  trx: Transaction,
  missing: ReadonlyMap<string, Series>,
  options: ResolveOptions,
): Promise<Resolved> {
  const { budget, now } = options;
  const targets: SeriesTargets = new Map();
  if (missing.size === 0) return { targets, cuts: [] };
  await find(trx, [...missing.values()], targets);
  let absent = listAbsent(missing, targets);
  if (absent.length === 0 || (await placeKnownCuts(trx, absent, targets, options))) return { targets, cuts: [] };
  await lockSeries(trx);
  if (trx.bulk.engine === "postgres") {
    // The transaction that had the lock may have made the same ones, which then take no more room.
    await find(trx, absent, targets);
    absent = listAbsent(missing, targets);
  }
  const room = createRoom(await countStored(trx, absent, budget), budget);
  const fitting: Series[] = [];
  const cuts: Cut[] = [];
  for (const series of absent) {
    const why = isItsOwnStandIn(series) ? undefined : room.take(series);
    if (why === undefined) fitting.push(series);
    else cuts.push({ series, why });
  }
  const standIns = await chooseStandIns(trx, cuts, room, targets);
  const made = new Map(
    [...fitting, ...[...standIns.values()].flatMap(({ series, overflow }) => [series, ...overflow])]
      .map((series) => [seriesKey(series), series] as const)
      .filter(([key]) => !targets.has(key)),
  );
  await create(trx, [...made.values()], now);
  await find(trx, [...made.values()], targets);
  putStandIns(targets, standIns, (series) => targets.get(seriesKey(series)));
  return { targets, cuts };
}

function putStandIns(
  targets: SeriesTargets,
  standIns: ReadonlyMap<string, StandIn>,
  findTarget: (series: Series) => SeriesTarget | undefined,
): void {
  const findId = (series: Series): number => requireTarget(findTarget(series), series).id;
  for (const [key, { series, overflow }] of standIns)
    targets.set(key, { id: findId(series), overflow: overflow.map(findId) });
}

/**
 * Puts the stand-ins of series that are absent because they were cut some seconds ago. False: one of them was not, or what
 * is to stand for it is not there, so all are decided anew.
 */
async function placeKnownCuts(
  trx: Transaction,
  absent: readonly Series[],
  targets: SeriesTargets,
  { cache, now }: ResolveOptions,
): Promise<boolean> {
  if (cache === undefined) return false;
  const cuts: Cut[] = [];
  for (const series of absent) {
    const cut = isItsOwnStandIn(series) ? undefined : findCut(cache.knownCuts, series, now);
    if (cut === undefined) return false;
    cuts.push(cut);
  }
  const findTarget = (series: Series) => findCached(cache, series) ?? targets.get(seriesKey(series));
  const isThere = (series: Series) => findTarget(series) !== undefined;
  const unknown = cuts.filter((cut) => findStandIn(cut, isThere) === undefined).flatMap(listStandIns);
  await find(trx, [...uniqueSeries(unknown.flatMap((own) => [own, foldSeries(own)])).values()], targets);
  const standIns = new Map<string, StandIn>();
  for (const cut of cuts) {
    const standIn = findStandIn(cut, isThere);
    if (standIn === undefined) return false;
    standIns.set(seriesKey(cut.series), standIn);
  }
  putStandIns(targets, standIns, findTarget);
  return true;
}

/** Metrics without any text of a sender's cannot be folded, and ours are bounded by what they are about. */
function isItsOwnStandIn(series: Series): boolean {
  return series.metric === "overflow" || foldSeries(series).labels === series.labels;
}

/** By key of the series that was cut. Its own project's where that is there or has room, else one of all projects. */
async function chooseStandIns(
  trx: Transaction,
  cuts: readonly Cut[],
  room: Room,
  targets: SeriesTargets,
): Promise<Map<string, StandIn>> {
  if (cuts.length === 0) return new Map();
  await find(trx, [...uniqueSeries(cuts.flatMap(listStandIns)).values()], targets);
  const taken = new Set(targets.keys());
  const place = (series: Series): Series => {
    const key = seriesKey(series);
    if (!taken.has(key) && !room.takeStandIn(series)) return foldSeries(series);
    taken.add(key);
    return series;
  };
  return new Map(cuts.map((cut) => [seriesKey(cut.series), chooseStandIn(cut, place)]));
}

function uniqueSeries(all: readonly Series[]): Map<string, Series> {
  return new Map(all.map((series) => [seriesKey(series), series]));
}

function listAbsent(missing: ReadonlyMap<string, Series>, targets: SeriesTargets): Series[] {
  return [...missing].filter(([key]) => !targets.has(key)).map(([, series]) => series);
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

async function find(trx: Transaction, series: readonly Series[], targets: SeriesTargets): Promise<void> {
  const rows = await trx.write(
    seriesRowset,
    series.map(seriesCells(0)),
    (from) => `
    select rollups.id, rollups.metric, rollups.labels
    from ${from} join rollups on rollups.metric = given.metric and rollups.labels = given.labels`,
  );
  for (const row of rows) targets.set(seriesKey(decodeSeries(row)), { id: rollupColumns.id.read(row) });
}

async function create(trx: Transaction, series: readonly Series[], now: number): Promise<void> {
  await trx.write(
    seriesRowset,
    series.map(seriesCells(now)),
    (from, columns) => `
    insert into rollups (${columns}) select ${columns} from ${from} where true order by metric, labels
    on conflict (metric, labels) do nothing`,
  );
}

const seriesCells =
  (now: number) =>
  ({ metric, labels }: Series): Cell[] => [metric, JSON.stringify(splitLabels(labels)), now];
