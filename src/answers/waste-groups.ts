import { compareTexts, joinKey } from "./answer.ts";
import { causes, type Cause } from "./job-causes.ts";
import type { CancelledRun } from "./supersession.ts";
import type { WasteCell } from "./waste-cells.ts";
import { billJob, computeCost, createPriceFinder, toCurrency, type Price } from "../core/prices.ts";
import { dayMillis } from "../core/time.ts";

export const wasteDimensions = ["provider", "project", "pipeline", "stage", "job", "runner_class", "day"] as const;
export type WasteDimension = (typeof wasteDimensions)[number];

/** Where the time of the jobs of one group went. */
export interface Waste {
  /** The group, by the dimensions asked for; a day is counted from 1970. */
  readonly names: Readonly<Partial<Record<WasteDimension, string | number | null>>>;
  readonly jobs: number;
  /** They sum to `totalSeconds`, to the millisecond. */
  readonly seconds: Readonly<Record<Cause, number>>;
  readonly totalSeconds: number;
  /** In the currency of the prices; `null`: no price applies to any of the jobs. */
  readonly cost: number | null;
  /** The part of it that was not useful. */
  readonly wastedCost: number | null;
  /** Work without a price. */
  readonly unpricedSeconds: number;
  /** The runs that wasted most, the worst first. */
  readonly runIds: readonly number[];
}

/** A run with jobs whose work was not all useful. */
export interface WastedRun {
  readonly id: number;
  readonly nativeId: string;
  /** Where it was cancelled: its cancelled work was perhaps superseded. */
  readonly cancelled: CancelledRun | null;
  readonly jobs: WastedJob[];
}

export interface WastedJob {
  readonly cell: WasteCell;
  /** The causes by their place in `causes`, and their milliseconds; most jobs have one. */
  readonly spent: readonly (readonly [cause: number, millis: number])[];
}

const runIdsMax = 10;

interface Wasted {
  readonly runId: number;
  readonly nativeId: string;
  readonly millis: number;
}

interface Group {
  readonly names: Waste["names"];
  jobs: number;
  readonly millis: Record<Cause, number>;
  /** Billionths. */
  cost: number;
  wastedCost: number;
  unpricedMillis: number;
  /** The worst first, at most `runIdsMax`. */
  readonly worst: Wasted[];
}

const [useful, cancelledCause, supersededCause] = (["useful", "cancelled", "superseded"] as const).map((cause) =>
  causes.indexOf(cause),
) as [number, number, number];

/** Sums up cells and wasted jobs by the dimensions that were asked for. */
export function createGroups(by: readonly WasteDimension[], prices: readonly Price[]) {
  const findPrice = createPriceFinder(prices);
  const groups = new Map<string, Group>();
  const ofCells = new Map<WasteCell, { readonly group: Group; readonly price: Price | undefined }>();

  function place(cell: WasteCell): { readonly group: Group; readonly price: Price | undefined } {
    const key = joinKey(...by.map((dimension) => readName(cell, dimension)));
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = startGroup(by, cell)));
    return { group, price: findPrice({ runnerClass: cell.runnerClass, at: cell.day * dayMillis }) };
  }

  /** Of wasted jobs, of which there are many in a cell. */
  function find(cell: WasteCell): ReturnType<typeof place> {
    const found = ofCells.get(cell) ?? place(cell);
    ofCells.set(cell, found);
    return found;
  }

  function addJob(run: Map<Group, number>, { cell, spent }: WastedJob, isSuperseded: boolean): void {
    const { group, price } = find(cell);
    let [total, useless] = [0, 0];
    for (const [cause, millis] of spent) {
      const real = isSuperseded && cause === cancelledCause ? supersededCause : cause;
      group.millis[causes[real] ?? "useful"] += millis;
      total += millis;
      if (cause !== useful) useless += millis;
    }
    group.jobs++;
    if (price === undefined) group.unpricedMillis += total;
    else {
      const cost = computeCost(price, billJob(total));
      group.cost += cost;
      group.wastedCost += total === 0 ? 0 : Math.round((cost * useless) / total);
    }
    if (useless > 0) run.set(group, (run.get(group) ?? 0) + useless);
  }

  return {
    addCell(cell: WasteCell): void {
      if (cell.jobs === 0) return;
      const { group, price } = place(cell);
      group.jobs += cell.jobs;
      group.millis.useful += cell.millis;
      if (price === undefined) group.unpricedMillis += cell.millis;
      else group.cost += computeCost(price, cell);
    },
    addRun({ id: runId, nativeId, jobs }: WastedRun, isSuperseded: boolean): void {
      const ofGroups = new Map<Group, number>();
      for (const job of jobs) addJob(ofGroups, job, isSuperseded);
      for (const [group, millis] of ofGroups) addWorst(group, { runId, nativeId, millis });
    },
    /** Those that wasted most first. */
    list: (): Waste[] => [...groups.values()].map(toWaste).toSorted(compareWaste),
  };
}

function readName(cell: WasteCell, dimension: WasteDimension): string | number | null {
  return dimension === "runner_class" ? cell.runnerClass : cell[dimension];
}

function startGroup(by: readonly WasteDimension[], cell: WasteCell): Group {
  const millis = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  const names = Object.fromEntries(by.map((dimension) => [dimension, readName(cell, dimension)]));
  return { names, jobs: 0, millis, cost: 0, wastedCost: 0, unpricedMillis: 0, worst: [] };
}

function addWorst(group: Group, wasted: Wasted): void {
  const { worst } = group;
  let place = worst.length;
  for (; place > 0 && compareWasted(wasted, worst[place - 1] as Wasted) < 0; place--);
  if (place >= runIdsMax) return;
  worst.splice(place, 0, wasted);
  if (worst.length > runIdsMax) worst.pop();
}

/** The worst first. */
function compareWasted(a: Wasted, b: Wasted): number {
  return b.millis - a.millis || compareTexts(a.nativeId, b.nativeId) || a.runId - b.runId;
}

function toWaste({ names, jobs, millis, cost, wastedCost, unpricedMillis, worst }: Group): Waste {
  const totalMillis = causes.reduce((sum, cause) => sum + millis[cause], 0);
  const isPriced = unpricedMillis < totalMillis || (cost > 0 && jobs > 0);
  return {
    names,
    jobs,
    seconds: Object.fromEntries(causes.map((cause) => [cause, millis[cause] / 1000])) as Record<Cause, number>,
    totalSeconds: totalMillis / 1000,
    cost: isPriced ? toCurrency(cost) : null,
    wastedCost: isPriced ? toCurrency(wastedCost) : null,
    unpricedSeconds: unpricedMillis / 1000,
    runIds: worst.map(({ runId }) => runId),
  };
}

/** The seconds that were not useful. */
export function computeWastedSeconds({ totalSeconds, seconds }: Waste): number {
  return totalSeconds - seconds.useful;
}

function compareWaste(a: Waste, b: Waste): number {
  const name = ({ names }: Waste) => joinKey(...Object.values(names));
  return computeWastedSeconds(b) - computeWastedSeconds(a) || compareTexts(name(a), name(b));
}
