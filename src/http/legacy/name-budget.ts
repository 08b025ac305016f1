import { AppError } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import type { MetricKey } from "../../core/stored-metrics.ts";

/** The names that the senders of one older API create metrics for. */
export interface NameBudget {
  /**
   * Runs `count` if the name has series or the budget has room for them; its argument is whether this process sees the name
   * for the first time. Throws `invalid` for a new name when the budget is used up: a name must neither be folded into another
   * one nor disappear after it was shown once.
   */
  admit(name: string, count: (isNew: boolean) => Promise<void>): Promise<void>;
}

export interface NameBudgetOptions {
  readonly store: Pick<Store, "findSeries">;
  readonly metric: MetricKey;
  /** Series that a new name creates. */
  readonly seriesEach: number;
  readonly seriesMax: number;
}

/** Names that were counted are cached; an unknown name costs one query. */
export function createNameBudget({ store, metric, seriesEach, seriesMax }: NameBudgetOptions): NameBudget {
  const counted = new Set<string>();
  const pending = new Map<string, number>();
  const isFull = async (name: string): Promise<boolean> => {
    const { stored, exists } = await store.findSeries(metric, name);
    return !exists && stored + pending.size * seriesEach > seriesMax;
  };
  return {
    async admit(name, count) {
      if (counted.has(name)) return count(false);
      // Registered before the query, so that concurrent new names cannot all take the last place.
      pending.set(name, (pending.get(name) ?? 0) + 1);
      try {
        if (await isFull(name))
          throw new AppError("invalid", `series limit reached (PIPEGAUGE_MAX_SERIES=${seriesMax}): new name rejected`);
        await count(true);
        counted.add(name);
      } finally {
        const left = (pending.get(name) ?? 1) - 1;
        if (left > 0) pending.set(name, left);
        else pending.delete(name);
      }
    },
  };
}
