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

/** What may be billed of a job: its whole seconds, and those of its whole minutes. */
export interface Billed {
  readonly seconds: number;
  readonly minuteSeconds: number;
}

/** Rounds the time of a job up. */
export function billJob(millis: number): Billed {
  const seconds = Math.ceil(millis / 1000);
  return { seconds, minuteSeconds: Math.ceil(seconds / 60) * 60 };
}

/** What jobs of one price cost together, in billionths. */
export function computeCost({ rounding, perMinute }: Price, { seconds, minuteSeconds }: Billed): number {
  return Math.round(((rounding === "minute_up" ? minuteSeconds : seconds) * Math.round(perMinute * unit)) / 60);
}

/**
 * Creates a function that finds the price of a job; `undefined`: none applies. The first listed class that fits decides, and of its
 * prices the latest that had begun.
 */
export function createPriceFinder(
  prices: readonly Price[],
): (job: Pick<PricedJob, "runnerClass" | "at">) => Price | undefined {
  const classes = new Map<string, Price[]>();
  for (const price of prices) classes.set(price.runnerClass, [...(classes.get(price.runnerClass) ?? []), price]);
  const listed = [...classes].map(([pattern, own]) => ({
    fits: createMatcher([pattern]),
    prices: own.toSorted((a, b) => b.from - a.from),
  }));
  /** There are few classes and many jobs. */
  const found = new Map<string, readonly Price[]>();
  const findPrices = (runnerClass: string): readonly Price[] => {
    const own = found.get(runnerClass) ?? listed.find(({ fits }) => fits(runnerClass))?.prices ?? [];
    found.set(runnerClass, own);
    return own;
  };
  return ({ runnerClass, at }) => findPrices(runnerClass ?? "").find(({ from }) => from <= at);
}

/** Creates a function that computes what a job costs, in billionths; `undefined`: no price applies. */
export function createCostCalculator(prices: readonly Price[]): (job: PricedJob) => number | undefined {
  const findPrice = createPriceFinder(prices);
  return (job) => {
    const price = findPrice(job);
    return price && computeCost(price, billJob(job.millis));
  };
}

/** A sum of costs in the currency's unit. */
export function toCurrency(billionths: number): number {
  return billionths / unit;
}
