import { foldSeries } from "../../fold-series.ts";
import { createRoom, type Room, type SeriesBudget } from "../../series-budget.ts";
import { decodeSeries } from "../db/rows.ts";
import { seriesRowset } from "../db/rowsets.ts";
import type { Cell } from "../db/rowset.ts";
import { rollupColumns } from "../db/tables.ts";
import { countStored } from "./count-series.ts";
import { chooseSubstitute, findCut, findSubstitute, listSubstitutes, type Cut, type Substitute } from "./cuts.ts";
import { findCached, requireTarget, type SeriesCache, type SeriesTarget, type SeriesTargets } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { toSeriesKey, splitLabels, type Series } from "../../series.ts";

export interface ResolvedSeries {
  readonly targets: SeriesTargets;
  /** Series for which there was no room; without those of cached cuts. */
  readonly cuts: readonly Cut[];
}

export interface ResolveOptions {
  readonly budget: SeriesBudget;
  readonly now: number;
  /** Left out with an unlimited budget. */
  readonly cache?: SeriesCache;
}

/** Finds or creates the rows of `missing` within the budget; past it the senders' labels are folded. */
export async function resolveSeries(
  trx: Transaction,
  missing: ReadonlyMap<string, Series>,
  options: ResolveOptions,
): Promise<ResolvedSeries> {
  const { budget, now } = options;
  const targets: SeriesTargets = new Map();
  if (missing.size === 0) return { targets, cuts: [] };
  await find(trx, [...missing.values()], targets);
  let absent = listAbsent(missing, targets);
  if (absent.length === 0 || (await placeRecentCuts(trx, absent, targets, options))) return { targets, cuts: [] };
  await lockSeries(trx);
  if (trx.bulk.engine === "postgres") {
    // The transaction that had the lock may have created the same ones, which then need no more room.
    await find(trx, absent, targets);
    absent = listAbsent(missing, targets);
  }
  const room = createRoom(await countStored(trx, absent, budget), budget);
  const fitting: Series[] = [];
  const cuts: Cut[] = [];
  for (const series of absent) {
    const why = isItsOwnSubstitute(series) ? undefined : room.take(series);
    if (why === undefined) fitting.push(series);
    else cuts.push({ series, why });
  }
  const substitutes = await chooseSubstitutes(trx, cuts, room, targets);
  const made = new Map(
    [...fitting, ...[...substitutes.values()].flatMap(({ series, overflow }) => [series, ...overflow])]
      .map((series) => [toSeriesKey(series), series] as const)
      .filter(([key]) => !targets.has(key)),
  );
  await create(trx, [...made.values()], now);
  await find(trx, [...made.values()], targets);
  putSubstitutes(targets, substitutes, (series) => targets.get(toSeriesKey(series)));
  return { targets, cuts };
}

function putSubstitutes(
  targets: SeriesTargets,
  substitutes: ReadonlyMap<string, Substitute>,
  findTarget: (series: Series) => SeriesTarget | undefined,
): void {
  const findId = (series: Series): number => requireTarget(findTarget(series), series).id;
  for (const [key, { series, overflow }] of substitutes)
    targets.set(key, { id: findId(series), overflow: overflow.map(findId) });
}

/**
 * Adds the substitutes of absent series that were cut some seconds ago. Returns false when one of them was not cut, or its
 * substitute does not exist; all are decided again then.
 */
async function placeRecentCuts(
  trx: Transaction,
  absent: readonly Series[],
  targets: SeriesTargets,
  { cache, now }: ResolveOptions,
): Promise<boolean> {
  if (cache === undefined) return false;
  const cuts: Cut[] = [];
  for (const series of absent) {
    const cut = isItsOwnSubstitute(series) ? undefined : findCut(cache.recentCuts, series, now);
    if (cut === undefined) return false;
    cuts.push(cut);
  }
  const findTarget = (series: Series) => findCached(cache, series) ?? targets.get(toSeriesKey(series));
  const isThere = (series: Series) => findTarget(series) !== undefined;
  const unknown = cuts.filter((cut) => findSubstitute(cut, isThere) === undefined).flatMap(listSubstitutes);
  await find(trx, [...indexByKey(unknown.flatMap((own) => [own, foldSeries(own)])).values()], targets);
  const substitutes = new Map<string, Substitute>();
  for (const cut of cuts) {
    const substitute = findSubstitute(cut, isThere);
    if (substitute === undefined) return false;
    substitutes.set(toSeriesKey(cut.series), substitute);
  }
  putSubstitutes(targets, substitutes, findTarget);
  return true;
}

/** Whether a series cannot be folded: its metric has no label with a sender's text, or is one of our own, which are few. */
function isItsOwnSubstitute(series: Series): boolean {
  return series.metric === "overflow" || foldSeries(series).labels === series.labels;
}

/** Substitutes by key of the cut series: that of its own project when it exists or has room, else the one of all projects. */
async function chooseSubstitutes(
  trx: Transaction,
  cuts: readonly Cut[],
  room: Room,
  targets: SeriesTargets,
): Promise<Map<string, Substitute>> {
  if (cuts.length === 0) return new Map();
  await find(trx, [...indexByKey(cuts.flatMap(listSubstitutes)).values()], targets);
  const taken = new Set(targets.keys());
  const place = (series: Series): Series => {
    const key = toSeriesKey(series);
    if (!taken.has(key) && !room.takeSubstitute(series)) return foldSeries(series);
    taken.add(key);
    return series;
  };
  return new Map(cuts.map((cut) => [toSeriesKey(cut.series), chooseSubstitute(cut, place)]));
}

function indexByKey(all: readonly Series[]): Map<string, Series> {
  return new Map(all.map((series) => [toSeriesKey(series), series]));
}

function listAbsent(missing: ReadonlyMap<string, Series>, targets: SeriesTargets): Series[] {
  return [...missing].filter(([key]) => !targets.has(key)).map(([, series]) => series);
}

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const seriesLock = 7_310_001;

/**
 * New series are rare; creating and retiring them in one transaction at a time keeps the budget exact and prevents deadlocks.
 * SQLite has only one writer, so it needs no lock.
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
  for (const row of rows) targets.set(toSeriesKey(decodeSeries(row)), { id: rollupColumns.id.read(row) });
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
