import { type MetricKey } from "../../stored-metrics.ts";
import { cacheCuts, type Cut, type RecentCuts } from "./cuts.ts";
import type { Millis } from "../../time.ts";
import {
  type FirstSeen,
  listInitialSeries,
  joinLabels,
  type Labels,
  type Series,
  toSeriesKey,
  splitLabels,
} from "../../series.ts";

/** The row to which the increments of a series are added: its own, or that of its substitute when there is no room. */
export interface SeriesTarget {
  readonly id: number;
  /** Ids of the counters of increments that went to a substitute; `undefined` for the series' own row. */
  readonly overflow?: readonly number[];
}

/** Every series of a transaction by key; those that are not in the cache are added to it after the commit. */
export type SeriesTargets = Map<string, SeriesTarget>;

/**
 * A cache of committed series: a cached series costs no query. Only `retire` deletes a series, and its id is not used again;
 * an update of a deleted series changes no row, which `addIncrements` detects. How full a metric is is not cached: that is
 * decided in the transaction, so that all replicas decide alike. Cuts are cached for seconds. Entries are never removed: when
 * one is wrong, the recorder starts with a new cache.
 */
export interface SeriesCache {
  /** By metric, then by labels: dozens are looked up a delivery, and a joined key would have to be built and hashed. */
  readonly targets: Map<MetricKey, Map<Labels, SeriesTarget>>;
  /** Pipelines and jobs whose counters exist. */
  readonly seen: Readonly<Record<FirstSeen["what"], Set<Labels>>>;
  readonly recentCuts: RecentCuts;
}

export function createSeriesCache(): SeriesCache {
  return { targets: new Map(), seen: { pipeline: new Set(), job: new Set() }, recentCuts: new Map() };
}

/** What a transaction adds to the cache once it is committed. */
export interface CacheUpdate {
  readonly targets: SeriesTargets;
  /** Pipelines and jobs whose counters exist now. */
  readonly seen: readonly FirstSeen[];
  /** Series for which it found no room. */
  readonly cuts: readonly Cut[];
}

/** Call it after the commit only: what a rolled-back transaction created does not exist. */
export function cacheSeries(
  { targets, seen, recentCuts }: SeriesCache,
  { targets: found, seen: newlySeen, cuts }: CacheUpdate,
  now: Millis,
): void {
  cacheCuts(recentCuts, cuts, now);
  for (const [key, target] of found) {
    if (target.overflow !== undefined) continue;
    const [metric, ...values] = splitLabels(key);
    const ofMetric = targets.get(metric as MetricKey) ?? new Map<Labels, SeriesTarget>();
    targets.set(metric as MetricKey, ofMetric.set(joinLabels(...values), target));
  }
  // A pipeline without room for all its counters is not cached: there may be room later.
  const isFolded = (series: Series) => found.get(toSeriesKey(series))?.overflow !== undefined;
  for (const one of newlySeen) if (!listInitialSeries(one).some(isFolded)) seen[one.what].add(one.labels);
}

export function findCached({ targets }: SeriesCache, { metric, labels }: Series): SeriesTarget | undefined {
  return targets.get(metric)?.get(labels);
}

/** The target of a series that the transaction has found or created; throws when there is none. */
export function requireTarget(target: SeriesTarget | undefined, { metric }: Series): SeriesTarget {
  if (target === undefined) throw new Error(`the series of ${metric} was not resolved`);
  return target;
}
