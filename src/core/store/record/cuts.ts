import { foldSeries, foldSeriesInProject } from "../../fold-series.ts";
import { storedMetrics } from "../../stored-metrics.ts";
import { findOwner, type RefusalReason } from "../../series-budget.ts";
import type { Millis } from "../../time.ts";
import { joinLabels, type Series } from "../../series.ts";

/**
 * For how long a process remembers that there was no room. To find that out takes the lock of all series and counts them,
 * and a project that is cut would do so with every delivery. Not longer, because another process may retire series.
 */
export const cutMemoryMillis = 10_000;

/** A series for which there was no room, and why. */
export interface Cut {
  readonly series: Series;
  readonly why: RefusalReason;
}

/** When it was found that a metric is full, or that a project holds its share of one, by `cutKey`. */
export type KnownCuts = Map<string, Millis>;

function cutKey({ metric, labels }: Series, why: RefusalReason): string {
  return why === "full" ? metric : joinLabels(metric, findOwner({ metric, labels }) ?? "");
}

/** To be called after the commit only: a batch that was rolled back has taken no room. */
export function rememberCuts(known: KnownCuts, cuts: readonly Cut[], now: Millis): void {
  for (const { series, why } of cuts) known.set(cutKey(series, why), now);
}

/** The series as cut, where it was found some seconds ago that there is no room for it; else `undefined`. */
export function findCut(known: KnownCuts, series: Series, now: Millis): Cut | undefined {
  if (known.size === 0) return undefined;
  for (const why of ["full", "share"] as const) {
    // Below 0 where the clock was set back.
    const age = now - (known.get(cutKey(series, why)) ?? -Infinity);
    if (age >= 0 && age < cutMemoryMillis) return { series, why };
  }
  return undefined;
}

/** What may stand for a series that was cut, and the counters that tell of it. */
export interface StandIn {
  readonly series: Series;
  readonly overflow: readonly Series[];
}

/** `place` chooses between a series of the project that was cut and the one of all projects. */
export function chooseStandIn({ series, why }: Cut, place: (own: Series) => Series): StandIn {
  return { series: place(foldSeriesInProject(series)), overflow: listOverflow(series, why).map(place) };
}

/** The series of its own project that may stand for it, those that tell of it included. */
export function listStandIns(cut: Cut): Series[] {
  const { series, overflow } = chooseStandIn(cut, (own) => own);
  return [series, ...overflow];
}

/** The counters that tell how often increments of this series' metric were folded, and which project had its share. */
function listOverflow(series: Series, why: RefusalReason): Series[] {
  const { name } = storedMetrics[series.metric];
  const owner = why === "share" ? findOwner(series) : undefined;
  const all: Series = { metric: "overflow", labels: name };
  return owner === undefined ? [all] : [all, { metric: "projectOverflow", labels: joinLabels(name, owner) }];
}

/**
 * Stand-ins that are there already, for series that are known to be cut: nothing is made, so nothing need be locked.
 * `undefined`: one would have to be made, or to be decided again. The one of all projects is right only where the metric
 * is full; a project with its share may still have room for its own.
 */
export function findStandIn(cut: Cut, isThere: (series: Series) => boolean): StandIn | undefined {
  const found: Series[] = [];
  for (const own of listStandIns(cut)) {
    const all = foldSeries(own);
    if (isThere(own)) found.push(own);
    else if (cut.why === "full" && isThere(all)) found.push(all);
    else return undefined;
  }
  const [series, ...overflow] = found;
  return series === undefined ? undefined : { series, overflow };
}
