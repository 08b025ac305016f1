import { createMatcher } from "./create-matcher.ts";
import type { Millis } from "./time.ts";

/**
 * How the time of a job is rounded before it is multiplied. `minute_up`: to whole minutes, as GitHub bills
 * (https://docs.github.com/en/billing/concepts/product-billing/github-actions). `second`: to whole seconds, as runners of
 * one's own and GitLab's compute minutes are reckoned.
 */
export const roundings = ["second", "minute_up"] as const;
export type Rounding = (typeof roundings)[number];

/** What a minute of a kind of runner costs from some day on. */
export interface Price {
  /** A runner class; `*` stands for any text, also for none. */
  readonly runnerClass: string;
  /** The beginning of the first day, UTC. */
  readonly from: Millis;
  readonly perMinute: number;
  readonly rounding: Rounding;
}

export interface PricedJob {
  readonly runnerClass: string | null;
  readonly millis: number;
  /** When it ended: the price of that day counts. */
  readonly at: Millis;
}

/** Billionths of the currency's unit: whole numbers, so that sums do not depend on their order. */
const unit = 1e9;

/**
 * Creates a function that computes what a job costs, in billionths; `undefined`: no price applies. The first listed class that
 * fits decides, and of its prices the latest that had begun.
 */
export function createCostCalculator(prices: readonly Price[]): (job: PricedJob) => number | undefined {
  const classes = new Map<string, Price[]>();
  for (const price of prices) classes.set(price.runnerClass, [...(classes.get(price.runnerClass) ?? []), price]);
  const listed = [...classes].map(([pattern, own]) => ({
    fits: createMatcher([pattern]),
    prices: own.toSorted((a, b) => b.from - a.from),
  }));
  /** There are few classes and many jobs. */
  const known = new Map<string, readonly Price[]>();
  const findPrices = (runnerClass: string): readonly Price[] => {
    const found = known.get(runnerClass) ?? listed.find(({ fits }) => fits(runnerClass))?.prices ?? [];
    known.set(runnerClass, found);
    return found;
  };
  return ({ runnerClass, millis, at }) => {
    const found = findPrices(runnerClass ?? "").find(({ from }) => from <= at);
    if (found === undefined) return undefined;
    const seconds = Math.ceil(millis / 1000);
    const billed = found.rounding === "minute_up" ? Math.ceil(seconds / 60) * 60 : seconds;
    return Math.round((billed * Math.round(found.perMinute * unit)) / 60);
  };
}

/** A sum of costs in the currency's unit. */
export function toCurrency(billionths: number): number {
  return billionths / unit;
}
