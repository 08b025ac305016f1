import { storedMetrics, type MetricKey, type StoredMetric } from "./stored-metrics.ts";
import { joinLabels, type Labels, type Series, splitLabels } from "./series.ts";

/** How many series there may be, and who may add one. */
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

/** The budget alone of what may be much more. */
export function pickBudget({
  seriesMax,
  samplesMax,
  seriesOpenPercent,
  seriesSharePercent,
}: SeriesBudget): SeriesBudget {
  return { seriesMax, samplesMax, seriesOpenPercent, seriesSharePercent };
}

/** Lines of one series in Prometheus' text: of a histogram one a bucket with `+Inf`, its sum and its count. */
export function countSamples(metric: MetricKey): number {
  const { buckets }: StoredMetric = storedMetrics[metric];
  return buckets === undefined ? 1 : buckets.length + 3;
}

/**
 * Whose series it is: its provider and project, joined. `undefined` for metrics that no project fills: our own, and
 * those of the older tools, whose names are bounded where they arrive.
 */
export function findOwner({ metric, labels }: Series): Labels | undefined {
  if (!ownedMetrics.includes(metric)) return undefined;
  const [provider = "", project = ""] = splitLabels(labels);
  return joinLabels(provider, project);
}

/** Metrics whose series belong to a project: their first two labels are the provider and the project. */
export const ownedMetrics: readonly MetricKey[] = (Object.keys(storedMetrics) as MetricKey[]).filter((key) => {
  const [provider, project]: readonly string[] = storedMetrics[key].labels;
  return provider === "provider" && project === "project";
});

/** Stored series by metric. */
export type SeriesCounts = ReadonlyMap<MetricKey, number>;

/** What is stored before a transaction adds to it. */
export interface StoredSeries {
  readonly all: SeriesCounts;
  /** Of the projects that the transaction adds to; needed only where `isShared` says so. */
  readonly owned: ReadonlyMap<Labels, SeriesCounts>;
}

/** Why there is no room: the metric or all of them are full, or the project has its share. */
export type RefusalReason = "full" | "share";

/** The room that is left, as a transaction takes it. */
export interface Room {
  /** Takes the room of one series, or says why there is none. */
  readonly take: (series: Series) => RefusalReason | undefined;
  /** The same for a series that stands for others of one project: it needs room, but no share. */
  readonly takeStandIn: (series: Series) => boolean;
}

/** Whether shares matter: the part that is open to all projects is taken, or may be by these additions. */
export function isShared(all: SeriesCounts, adding: readonly Series[], budget: SeriesBudget): boolean {
  const after = new Map(all);
  for (const { metric } of adding) after.set(metric, (after.get(metric) ?? 0) + 1);
  const fullest = Math.max(0, ...adding.map(({ metric }) => after.get(metric) ?? 0));
  return isPast(fullest, budget.seriesMax, budget) || isPast(samplesIn(after), budget.samplesMax, budget);
}

function isPast(used: number, max: number, { seriesOpenPercent }: SeriesBudget): boolean {
  return used * 100 >= max * seriesOpenPercent;
}

function samplesIn(counts: SeriesCounts): number {
  let samples = 0;
  for (const [metric, count] of counts) samples += count * (metric in storedMetrics ? countSamples(metric) : 0);
  return samples;
}

/** Pure: what it decides follows from what is stored and the order in which series ask, on every replica alike. */
export function createRoom(stored: StoredSeries, budget: SeriesBudget): Room {
  const all = new Map(stored.all);
  const owned = new Map([...stored.owned].map(([owner, counts]) => [owner, new Map(counts)]));
  const ownedSamples = new Map([...owned].map(([owner, counts]) => [owner, samplesIn(counts)]));
  let samples = samplesIn(all);

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
    takeStandIn(series) {
      if (isFull(series)) return false;
      add(series, findOwner(series));
      return true;
    },
  };
}
