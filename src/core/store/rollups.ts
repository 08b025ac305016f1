import {
  folded,
  joinLabels,
  rollupMetrics,
  seriesKey,
  splitLabels,
  type Labels,
  type RollupKey,
  type Seen,
  type Series,
} from "../rollup.ts";
import { seriesInput } from "./inputs.ts";
import type { Cell } from "./input.ts";
import type { Transaction } from "./transaction.ts";

/** Where the increments of a series go: its row, or the one it is folded into because its metric is full. */
export interface Slot {
  readonly id: number;
  readonly folded: boolean;
}

/** What the process remembers of what is committed: ids never change, so a known series costs no query. */
export interface SeriesMemory {
  /** By metric, then by labels: dozens are looked up a delivery, and a joined key would have to be built and hashed. */
  readonly slots: Map<RollupKey, Map<Labels, Slot>>;
  /** Pipelines and jobs whose counters are known to exist. */
  readonly seen: Readonly<Record<Seen["what"], Set<Labels>>>;
  /** Metrics without room. Rollups are never deleted, so a full metric stays full. */
  readonly full: Set<string>;
}

export function emptyMemory(): SeriesMemory {
  return { slots: new Map(), seen: { pipeline: new Set(), job: new Set() }, full: new Set() };
}

/** To be called after the commit only: what a rolled-back transaction created does not exist. */
export function remember({ slots, seen, full }: SeriesMemory, found: Slots, met: readonly Seen[]): void {
  for (const [key, slot] of found) {
    if (slot.folded) continue;
    const [metric, ...values] = splitLabels(key);
    const ofMetric = slots.get(metric as RollupKey) ?? new Map<Labels, Slot>();
    slots.set(metric as RollupKey, ofMetric.set(joinLabels(...values), slot));
  }
  if (full.size === 0) for (const { what, labels } of met) seen[what].add(labels);
}

export function remembered({ slots }: SeriesMemory, { metric, labels }: Series): Slot | undefined {
  return slots.get(metric)?.get(labels);
}

/** Every series of a transaction by key; what it holds beyond the memory is to be remembered after the commit. */
export type Slots = Map<string, Slot>;

/** Finds or creates the rows of `missing` within each metric's budget; past it the senders' labels are folded. */
export async function resolveSeries(
  trx: Transaction,
  missing: ReadonlyMap<string, Series>,
  options: { readonly memory: SeriesMemory; readonly seriesMax: number; readonly now: number },
): Promise<Slots> {
  const slots: Slots = new Map();
  if (missing.size === 0) return slots;
  await find(trx, [...missing.values()], slots);
  let absent = absentOf(missing, slots);
  if (absent.length === 0) return slots;
  if (trx.bulk.engine === "postgres") {
    // New series are rare; making them one transaction at a time keeps the budget exact and deadlocks away.
    await trx.query(`select pg_advisory_xact_lock(${seriesLock})`);
    // Whoever had the lock may have made the same ones, and they must not be taken for too many.
    await find(trx, absent, slots);
    absent = absentOf(missing, slots);
  }
  const { fitting, excess } = await divide(trx, absent, options.memory, options.seriesMax);
  const stand = excess.flatMap((series) => [folded(series), overflowOf(series)]);
  await create(trx, [...fitting, ...stand], options.now);
  await find(trx, [...fitting, ...stand], slots);
  for (const series of excess) {
    const slot = slots.get(seriesKey(folded(series)));
    if (slot !== undefined) slots.set(seriesKey(series), { id: slot.id, folded: true });
  }
  return slots;
}

function absentOf(missing: ReadonlyMap<string, Series>, slots: Slots): Series[] {
  return [...missing].filter(([key]) => !slots.has(key)).map(([, series]) => series);
}

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const seriesLock = 7_310_001;

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
    slots.set(seriesKey(found), { id: Number(id), folded: false });
  }
}

async function divide(
  trx: Transaction,
  absent: readonly Series[],
  memory: SeriesMemory,
  seriesMax: number,
): Promise<{ fitting: Series[]; excess: Series[] }> {
  const fitting: Series[] = [];
  const excess: Series[] = [];
  const room = new Map<string, number>();
  for (const series of absent) {
    const left = memory.full.has(series.metric)
      ? 0
      : (room.get(series.metric) ?? (await roomFor(trx, series.metric, seriesMax)));
    room.set(series.metric, left - 1);
    (left > 0 ? fitting : excess).push(series);
    if (left <= 0) memory.full.add(series.metric);
  }
  return { fitting, excess };
}

async function roomFor(trx: Transaction, metric: string, seriesMax: number): Promise<number> {
  const [row] = await trx.query("select count(*) as stored from rollups where metric = ?", [metric]);
  return seriesMax - Number(row?.["stored"] ?? 0);
}

/** The counter that tells how often increments of this series' metric were folded. */
export function overflowOf(series: Series): Series {
  return { metric: "overflow", labels: rollupMetrics[series.metric].name };
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
