import { AppError } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import type { RollupKey } from "../../core/rollup.ts";

/** The names that senders of one older API made metrics of. */
export interface NameBudget {
  /**
   * Runs `count` for a name that has a metric or gets one, and tells it whether the name is new to this process. Throws
   * `invalid` for a new name when the series budget is used up: a name that was shown once must never vanish or be folded.
   */
  admit(name: string, count: (isNew: boolean) => Promise<void>): Promise<void>;
}

export interface NameBudgetOptions {
  readonly store: Pick<Store, "findSeries">;
  readonly metric: RollupKey;
  /** Series that a new name makes at once. */
  readonly seriesEach: number;
  readonly seriesMax: number;
}

/** The process remembers the names it counted; a name that it does not know costs one look at the database. */
export function createNameBudget({ store, metric, seriesEach, seriesMax }: NameBudgetOptions): NameBudget {
  const known = new Set<string>();
  const underWay = new Map<string, number>();
  const isFull = async (name: string): Promise<boolean> => {
    const { stored, exists } = await store.findSeries(metric, name);
    return !exists && stored + underWay.size * seriesEach > seriesMax;
  };
  return {
    async admit(name, count) {
      if (known.has(name)) return count(false);
      // Noted before the wait, so that many new names at once cannot all take the last place.
      underWay.set(name, (underWay.get(name) ?? 0) + 1);
      try {
        if (await isFull(name))
          throw new AppError("invalid", `series limit reached (PIPEGAUGE_MAX_SERIES=${seriesMax}): new name rejected`);
        await count(true);
        known.add(name);
      } finally {
        const left = (underWay.get(name) ?? 1) - 1;
        if (left > 0) underWay.set(name, left);
        else underWay.delete(name);
      }
    },
  };
}
