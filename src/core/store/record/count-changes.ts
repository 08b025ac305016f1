import type { SeriesBudget } from "../../series-budget.ts";
import { addDayTimes } from "./day-times.ts";
import { addIncrements } from "./increments.ts";
import {
  fillRunCompletions,
  insertJobCompletions,
  insertRunCompletions,
  moveQueue,
  releaseJobCompletions,
  type ToCount,
  type ToFill,
} from "./completions.ts";
import { resolveSeries } from "./series.ts";
import { findCached, requireTarget, type CacheUpdate, type SeriesCache, type SeriesTarget } from "./series-cache.ts";
import { saveTallies, type RunIncrements } from "./tallies.ts";
import type { Transaction } from "../db/transaction.ts";
import { listInitialSeries, type FirstSeen, type Series, toSeriesKey } from "../../series.ts";
import type { Increment } from "../../increment.ts";
import type { Change, RunRecord } from "../../run-record.ts";

export interface SeriesOptions {
  readonly budget: SeriesBudget;
  readonly now: number;
  readonly cache: SeriesCache;
  /** The shard of the totals that the transaction adds to. */
  readonly shard: number;
}

/** The change of one run by one observation. */
export interface RunChange {
  /** Key of the run, see `toRunKey`. */
  readonly run: string;
  readonly change: Change;
}

/** The series that changes add to. */
export interface ResolvedChanges extends CacheUpdate {
  readonly findTarget: (series: Series) => SeriesTarget;
}

/** Finds the rows of all series that these changes may add to, and of pipelines and jobs that were seen for the first time. */
export async function resolveChanges(
  trx: Transaction,
  changes: readonly RunChange[],
  options: SeriesOptions,
): Promise<ResolvedChanges> {
  const { cache } = options;
  const wanted = new Map<string, Series>();
  const newlySeen: FirstSeen[] = [];
  const want = (series: Series) => {
    if (findCached(cache, series) === undefined) wanted.set(toSeriesKey(series), series);
  };
  for (const { change } of changes) {
    for (const seen of change.seen) if (!cache.seen[seen.what].has(seen.labels)) newlySeen.push(seen);
    for (const increment of change.increments) want(increment);
    for (const group of [change.runCompletions, change.jobCompletions, change.filled, change.released]) {
      for (const { counter, increments: parts, tallied } of group) {
        if (counter === null) continue;
        want(counter);
        for (const part of parts) if (part.metric !== counter.metric) want(part);
        tallied?.forEach(want);
      }
    }
  }
  for (const seen of newlySeen) listInitialSeries(seen).forEach(want);
  const { targets, cuts } = await resolveSeries(trx, wanted, options);
  const findTarget = (series: Series): SeriesTarget =>
    requireTarget(findCached(cache, series) ?? targets.get(toSeriesKey(series)), series);
  return { targets, cuts, seen: newlySeen, findTarget };
}

export interface CountContext {
  readonly ids: ReadonlyMap<string, number>;
  readonly stored: ReadonlyMap<string, RunRecord>;
  readonly findTarget: (series: Series) => SeriesTarget;
  /** The shard of the totals that is added to. */
  readonly shard: number;
}

const kinds = ["runCompletions", "jobCompletions", "released"] as const;

/** Counts the changes of saved runs: adds to the totals, and stores the completions and tallies that prove them. */
export async function addUp(trx: Transaction, changes: readonly RunChange[], context: CountContext): Promise<void> {
  const { ids, findTarget, shard } = context;
  const { counted, jobs } = await count(trx, changes, context);
  const own = changes.map(({ run, change }) => ({ runId: ids.get(run) as number, increments: change.increments }));
  for (const {
    runId,
    counted: { tallied },
  } of jobs)
    if (tallied !== undefined) own.push({ runId, increments: tallied });
  await saveTallies(trx, own, findTarget);
  const moved = new Set(changes.filter(({ change }) => change.queueMoved).map(({ run }) => run));
  for (const run of moved) {
    const last = changes.findLast((one) => one.run === run);
    if (last !== undefined) await moveQueue(trx, ids.get(run) as number, last.change.record);
  }
  await addDayTimes(trx, jobs, shard);
  await addIncrements(trx, listIncrements(own, counted), findTarget, shard);
}

/** Completions that are counted now. */
interface CountedNow {
  readonly counted: readonly ToCount[];
  /** Those of jobs among them. */
  readonly jobs: readonly ToCount[];
}

async function count(
  trx: Transaction,
  changes: readonly RunChange[],
  { ids, stored, findTarget }: CountContext,
): Promise<CountedNow> {
  const toCount: Record<(typeof kinds)[number], ToCount[]> = {
    runCompletions: [],
    jobCompletions: [],
    released: [],
  };
  const toFill: ToFill[] = [];
  const handledRuns = new Set<string>();
  for (const { run, change } of changes) {
    const runId = ids.get(run) as number;
    const isNewRun = !stored.has(run) && !handledRuns.has(run);
    handledRuns.add(run);
    for (const kind of kinds) {
      for (const counted of change[kind]) {
        const rollupId = counted.counter === null ? 0 : findTarget(counted.counter).id;
        const secondsId = counted.seconds === undefined ? null : findTarget(counted.seconds).id;
        toCount[kind].push({ runId, isNewRun, counted, rollupId, secondsId });
      }
    }
    toFill.push(...change.filled.map((counted) => ({ runId, isNewRun, counted, rollupId: 0, secondsId: null })));
  }
  const runs = await insertRunCompletions(trx, toCount.runCompletions);
  const inserted = await insertJobCompletions(trx, toCount.jobCompletions);
  // After the others: completions that this batch stored uncounted may be among them.
  const released = await releaseJobCompletions(trx, toCount.released);
  const jobs = released.length === 0 ? inserted : [...inserted, ...released];
  return { counted: [...runs, ...jobs, ...(await fillRunCompletions(trx, toFill, findTarget))], jobs };
}

/** A list and not a generator: one that delegates to lists makes two objects for each of dozens of increments a delivery. */
function listIncrements(own: readonly RunIncrements[], counted: readonly ToCount[]): Increment[] {
  const increments: Increment[] = [];
  for (const completion of counted) increments.push(...completion.counted.increments);
  for (const one of own) increments.push(...one.increments);
  return increments;
}
