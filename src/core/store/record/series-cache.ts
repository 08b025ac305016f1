import { type MetricKey } from "../../stored-metrics.ts";
import { rememberCuts, type Cut, type KnownCuts } from "./cuts.ts";
import type { Millis } from "../../time.ts";
import {
  type FirstSeen,
  initialSeries,
  joinLabels,
  type Labels,
  type Series,
  seriesKey,
  splitLabels,
} from "../../series.ts";

/** Where the increments of a series go: its row, or the one that stands for it because there is no room. */
export interface SeriesTarget {
  readonly id: number;
  /** Ids of the counters that tell of each increment that went to a stand-in; `undefined` where the row is its own. */
  readonly overflow?: readonly number[];
}

/** Every series of a transaction by key; those that are not in the cache are added to it after the commit. */
export type SeriesTargets = Map<string, SeriesTarget>;

/**
 * What the process remembers of what is committed: a known series costs no query. Only `retire` deletes a series, and its
 * id is not given to another one; the statement that adds to a deleted series changes no row, which `addIncrements` sees.
 * How full a metric is is not remembered: that is decided in the transaction, so that all replicas decide alike. That there
 * was no room is, for seconds. Nothing is taken back: what is wrong is left to the transactions that have it, for a new one.
 */
export interface SeriesCache {
  /** By metric, then by labels: dozens are looked up a delivery, and a joined key would have to be built and hashed. */
  readonly targets: Map<MetricKey, Map<Labels, SeriesTarget>>;
  /** Pipelines and jobs whose counters are known to exist. */
  readonly seen: Readonly<Record<FirstSeen["what"], Set<Labels>>>;
  readonly knownCuts: KnownCuts;
}

export function createSeriesCache(): SeriesCache {
  return { targets: new Map(), seen: { pipeline: new Set(), job: new Set() }, knownCuts: new Map() };
}

/** What a transaction found out. */
export interface Learned {
  readonly targets: SeriesTargets;
  /** Pipelines and jobs whose counters exist now. */
  readonly seen: readonly FirstSeen[];
  /** Series for which it found no room. */
  readonly cuts: readonly Cut[];
}

/** To be called after the commit only: what a rolled-back transaction created does not exist. */
export function cacheSeries(
  { targets, seen, knownCuts }: SeriesCache,
  { targets: found, seen: met, cuts }: Learned,
  now: Millis,
): void {
  rememberCuts(knownCuts, cuts, now);
  for (const [key, target] of found) {
    if (target.overflow !== undefined) continue;
    const [metric, ...values] = splitLabels(key);
    const ofMetric = targets.get(metric as MetricKey) ?? new Map<Labels, SeriesTarget>();
    targets.set(metric as MetricKey, ofMetric.set(joinLabels(...values), target));
  }
  // A pipeline without room for all its counters is looked at again: there may be room later.
  const isFolded = (series: Series) => found.get(seriesKey(series))?.overflow !== undefined;
  for (const one of met) if (!initialSeries(one).some(isFolded)) seen[one.what].add(one.labels);
}

export function findCached({ targets }: SeriesCache, { metric, labels }: Series): SeriesTarget | undefined {
  return targets.get(metric)?.get(labels);
}

/** The target of a series that the transaction has looked for or made. */
export function requireTarget(target: SeriesTarget | undefined, { metric }: Series): SeriesTarget {
  if (target === undefined) throw new Error(`the series of ${metric} was not resolved`);
  return target;
}
