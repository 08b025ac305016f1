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

/** A request with a name that this process has not seen before. */
interface Admission {
  readonly name: string;
  /** Resolves when its name is stored, or refused, or could not be stored. */
  readonly ended: Promise<void>;
}

/** Names that were counted are cached; an unknown name costs one query, and near the limit two. */
export function createNameBudget({ store, metric, seriesEach, seriesMax }: NameBudgetOptions): NameBudget {
  const counted = new Set<string>();
  const pending = new Set<Admission>();

  /** `others`: requests with other names, whose series may be stored already and are counted nevertheless. */
  async function hasRoom(name: string, others: readonly Admission[]): Promise<boolean> {
    const { stored, exists } = await store.findSeries(metric, name);
    const names = new Set(others.map((other) => other.name)).size + 1;
    return exists || stored + names * seriesEach <= seriesMax;
  }

  /** Requests that came before this one have their places before it; where too few are left, it waits until they have them or not. */
  async function mayCome(name: string, earlier: readonly Admission[]): Promise<boolean> {
    if (await hasRoom(name, earlier)) return true;
    if (earlier.length === 0) return false;
    await Promise.all(earlier.map(({ ended }) => ended));
    return hasRoom(name, []);
  }

  return {
    async admit(name, count) {
      if (counted.has(name)) return count(false);
      let end: (() => void) | undefined;
      const admission: Admission = { name, ended: new Promise((resolve) => (end = resolve)) };
      const earlier = [...pending].filter((other) => other.name !== name);
      // Registered before the query, so that concurrent new names cannot all take the last place.
      pending.add(admission);
      try {
        if (!(await mayCome(name, earlier)))
          throw new AppError("invalid", `series limit reached (PIPEGAUGE_MAX_SERIES=${seriesMax}): new name rejected`);
        await count(true);
        counted.add(name);
      } finally {
        pending.delete(admission);
        end?.();
      }
    },
  };
}
