import { foldSeries, foldSeriesInProject } from "../../fold-series.ts";
import { storedMetrics } from "../../stored-metrics.ts";
import { findOwner, type RefusalReason } from "../../series-budget.ts";
import type { Millis } from "../../time.ts";
import { joinLabels, type Series } from "../../series.ts";

/**
 * For how long a process caches that there was no room. To find that out takes the lock of all series and counts them, and a
 * project that is cut would do so with every delivery. Not longer, because another process may retire series.
 */
export const cutMemoryMillis = 10_000;

/** A series for which there was no room, and why. */
export interface Cut {
  readonly series: Series;
  readonly why: RefusalReason;
}

/** When a metric was found to be full, or a project to hold its share of one, by `toCutKey`. */
export type RecentCuts = Map<string, Millis>;

function toCutKey({ metric, labels }: Series, why: RefusalReason): string {
  return why === "full" ? metric : joinLabels(metric, findOwner({ metric, labels }) ?? "");
}

/** Call it after the commit only: a batch that was rolled back has taken no room. */
export function cacheCuts(recent: RecentCuts, cuts: readonly Cut[], now: Millis): void {
  for (const { series, why } of cuts) recent.set(toCutKey(series, why), now);
}

/** The cut of a series for which there was no room some seconds ago; else `undefined`. */
export function findCut(recent: RecentCuts, series: Series, now: Millis): Cut | undefined {
  if (recent.size === 0) return undefined;
  for (const why of ["full", "share"] as const) {
    // Below 0 where the clock was set back.
    const age = now - (recent.get(toCutKey(series, why)) ?? -Infinity);
    if (age >= 0 && age < cutMemoryMillis) return { series, why };
  }
  return undefined;
}

/** The series that counts in place of a cut one, and the overflow counters that count each such increment. */
export interface Substitute {
  readonly series: Series;
  readonly overflow: readonly Series[];
}

/** Chooses the substitute of a cut. `place` chooses between a series of its project and the one of all projects. */
export function chooseSubstitute({ series, why }: Cut, place: (own: Series) => Series): Substitute {
  return { series: place(foldSeriesInProject(series)), overflow: listOverflow(series, why).map(place) };
}

/** The substitute of a cut within its own project, and its overflow counters. */
export function listSubstitutes(cut: Cut): Series[] {
  const { series, overflow } = chooseSubstitute(cut, (own) => own);
  return [series, ...overflow];
}

/** The counters of folded increments of this series' metric, and of the project that held its share. */
function listOverflow(series: Series, why: RefusalReason): Series[] {
  const { name } = storedMetrics[series.metric];
  const owner = why === "share" ? findOwner(series) : undefined;
  const all: Series = { metric: "overflow", labels: name };
  return owner === undefined ? [all] : [all, { metric: "projectOverflow", labels: joinLabels(name, owner) }];
}

/**
 * Finds a substitute that exists already, so that nothing is created and no lock is needed. `undefined`: it would have to be
 * created, or the cut decided again. The substitute of all projects is used only when the metric is full; a project that holds
 * its share may still have room for its own.
 */
export function findSubstitute(cut: Cut, isThere: (series: Series) => boolean): Substitute | undefined {
  const found: Series[] = [];
  for (const own of listSubstitutes(cut)) {
    const all = foldSeries(own);
    if (isThere(own)) found.push(own);
    else if (cut.why === "full" && isThere(all)) found.push(all);
    else return undefined;
  }
  const [series, ...overflow] = found;
  return series === undefined ? undefined : { series, overflow };
}
