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
export interface Slot {
  readonly id: number;
  /** Ids of the counters that tell of each increment that went to a stand-in; `undefined` where the row is its own. */
  readonly overflow?: readonly number[];
}

/** Every series of a transaction by key; what it holds beyond the memory is to be remembered after the commit. */
export type Slots = Map<string, Slot>;

/**
 * What the process remembers of what is committed: a known series costs no query. Only `retire` deletes a series, and its
 * id is not given to another one; the statement that adds to a deleted series changes no row, which `addIncrements` sees.
 * How full a metric is is not remembered: that is decided in the transaction, so that all replicas decide alike. That there
 * was no room is, for seconds. Nothing is taken back: what is wrong is left to the transactions that have it, for a new one.
 */
export interface SeriesMemory {
  /** By metric, then by labels: dozens are looked up a delivery, and a joined key would have to be built and hashed. */
  readonly slots: Map<MetricKey, Map<Labels, Slot>>;
  /** Pipelines and jobs whose counters are known to exist. */
  readonly seen: Readonly<Record<FirstSeen["what"], Set<Labels>>>;
  readonly knownCuts: KnownCuts;
}

export function emptyMemory(): SeriesMemory {
  return { slots: new Map(), seen: { pipeline: new Set(), job: new Set() }, knownCuts: new Map() };
}

/** What a transaction found out. */
export interface Learned {
  readonly slots: Slots;
  /** Pipelines and jobs whose counters exist now. */
  readonly seen: readonly FirstSeen[];
  /** Series for which it found no room. */
  readonly cuts: readonly Cut[];
}

/** To be called after the commit only: what a rolled-back transaction created does not exist. */
export function remember(
  { slots, seen, knownCuts }: SeriesMemory,
  { slots: found, seen: met, cuts }: Learned,
  now: Millis,
): void {
  rememberCuts(knownCuts, cuts, now);
  for (const [key, slot] of found) {
    if (slot.overflow !== undefined) continue;
    const [metric, ...values] = splitLabels(key);
    const ofMetric = slots.get(metric as MetricKey) ?? new Map<Labels, Slot>();
    slots.set(metric as MetricKey, ofMetric.set(joinLabels(...values), slot));
  }
  // A pipeline without room for all its counters is looked at again: there may be room later.
  const isFolded = (series: Series) => found.get(seriesKey(series))?.overflow !== undefined;
  for (const one of met) if (!initialSeries(one).some(isFolded)) seen[one.what].add(one.labels);
}

export function remembered({ slots }: SeriesMemory, { metric, labels }: Series): Slot | undefined {
  return slots.get(metric)?.get(labels);
}

/** The slot of a series that the transaction has looked for or made. */
export function requireSlot(slot: Slot | undefined, { metric }: Series): Slot {
  if (slot === undefined) throw new Error(`the series of ${metric} was not resolved`);
  return slot;
}
