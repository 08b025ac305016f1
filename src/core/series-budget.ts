import { metricKeys, storedMetrics, type MetricKey, type StoredMetric } from "./stored-metrics.ts";
import { joinLabels, type Labels, type Series, splitLabels } from "./series.ts";

/** How many series may be stored, and which projects may add one. */
export interface SeriesBudget {
  /** Series of each metric. */
  readonly seriesMax: number;
  /** Samples of all metrics together: what bounds the size of `/metrics`. */
  readonly samplesMax: number;
  /** The part of both that any project may fill, in percent. */
  readonly seriesOpenPercent: number;
  /** Past that part only projects that hold less than this part of it may add series, in percent. */
  readonly seriesSharePercent: number;
}

export const unlimitedBudget: SeriesBudget = {
  seriesMax: Number.MAX_SAFE_INTEGER,
  samplesMax: Number.MAX_SAFE_INTEGER,
  seriesOpenPercent: 100,
  seriesSharePercent: 100,
};

/** Picks the fields of the budget from an object that has more. */
export function pickBudget({
  seriesMax,
  samplesMax,
  seriesOpenPercent,
  seriesSharePercent,
}: SeriesBudget): SeriesBudget {
  return { seriesMax, samplesMax, seriesOpenPercent, seriesSharePercent };
}

/** Lines of one series in Prometheus' text format: a histogram has one a bucket (`+Inf` included), its sum and its count. */
export function countSamples(metric: MetricKey): number {
  const { buckets }: StoredMetric = storedMetrics[metric];
  return buckets === undefined ? 1 : buckets.length + 3;
}

/**
 * The owner of a series: its provider and project, joined. `undefined` for metrics without a project: our own, and those of
 * the older tools, whose names are limited where they arrive.
 */
export function findOwner({ metric, labels }: Series): Labels | undefined {
  if (!ownedMetrics.includes(metric)) return undefined;
  const [provider = "", project = ""] = splitLabels(labels);
  return joinLabels(provider, project);
}

/** Metrics whose series belong to a project: their first two labels are the provider and the project. */
export const ownedMetrics: readonly MetricKey[] = metricKeys.filter((key) => {
  const [provider, project]: readonly string[] = storedMetrics[key].labels;
  return provider === "provider" && project === "project";
});

/** Stored series by metric. */
export type SeriesCounts = ReadonlyMap<MetricKey, number>;

/** Counts of stored series before a transaction adds to them. */
export interface StoredSeries {
  readonly all: SeriesCounts;
  /** Of the projects that the transaction adds to; needed only where `isShared` says so. */
  readonly owned: ReadonlyMap<Labels, SeriesCounts>;
}

/** Why a new series was refused: the budget of its metric or of all metrics is used up, or its project has its share. */
export type RefusalReason = "full" | "share";

/** The remaining budget of one transaction. */
export interface Room {
  /** Reserves one series, or returns why there is no budget for it. */
  readonly take: (series: Series) => RefusalReason | undefined;
  /** The same for a substitute, which counts for several series of one project: it needs room, but no share of the project. */
  readonly takeSubstitute: (series: Series) => boolean;
}

/** Whether shares apply: the part of the budget that is open to all projects is used up, or may be after these additions. */
export function isShared(all: SeriesCounts, adding: readonly Series[], budget: SeriesBudget): boolean {
  const after = new Map(all);
  for (const { metric } of adding) after.set(metric, (after.get(metric) ?? 0) + 1);
  const fullest = Math.max(0, ...adding.map(({ metric }) => after.get(metric) ?? 0));
  return isPast(fullest, budget.seriesMax, budget) || isPast(sumSamples(after), budget.samplesMax, budget);
}

function isPast(used: number, max: number, { seriesOpenPercent }: SeriesBudget): boolean {
  return used * 100 >= max * seriesOpenPercent;
}

function sumSamples(counts: SeriesCounts): number {
  let samples = 0;
  for (const [metric, count] of counts) samples += count * (metric in storedMetrics ? countSamples(metric) : 0);
  return samples;
}

/** Pure: its decisions depend on the stored counts and the order of the calls alone, so they are equal on every replica. */
export function createRoom(stored: StoredSeries, budget: SeriesBudget): Room {
  const all = new Map(stored.all);
  const owned = new Map([...stored.owned].map(([owner, counts]) => [owner, new Map(counts)]));
  const ownedSamples = new Map([...owned].map(([owner, counts]) => [owner, sumSamples(counts)]));
  let samples = sumSamples(all);

  function isFull({ metric }: Series): boolean {
    return (all.get(metric) ?? 0) >= budget.seriesMax || samples + countSamples(metric) > budget.samplesMax;
  }

  function hasShare({ metric }: Series, owner: Labels): boolean {
    const { seriesMax, samplesMax, seriesSharePercent } = budget;
    const holds = (used: number, max: number) => used * 100 >= max * seriesSharePercent;
    const ofMetric =
      isPast(all.get(metric) ?? 0, seriesMax, budget) && holds(owned.get(owner)?.get(metric) ?? 0, seriesMax);
    return ofMetric || (isPast(samples, samplesMax, budget) && holds(ownedSamples.get(owner) ?? 0, samplesMax));
  }

  function add({ metric }: Series, owner: Labels | undefined): void {
    all.set(metric, (all.get(metric) ?? 0) + 1);
    samples += countSamples(metric);
    if (owner === undefined) return;
    const counts = owned.get(owner) ?? new Map<MetricKey, number>();
    owned.set(owner, counts.set(metric, (counts.get(metric) ?? 0) + 1));
    ownedSamples.set(owner, (ownedSamples.get(owner) ?? 0) + countSamples(metric));
  }

  return {
    take(series) {
      const owner = findOwner(series);
      if (isFull(series)) return "full";
      if (owner !== undefined && hasShare(series, owner)) return "share";
      add(series, owner);
      return undefined;
    },
    takeSubstitute(series) {
      if (isFull(series)) return false;
      add(series, findOwner(series));
      return true;
    },
  };
}
