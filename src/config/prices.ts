import type { Price, Rounding } from "../core/prices.ts";

/** A price as the configuration file states it. */
export interface PriceEntry {
  readonly runnerClass: string;
  /** A day, UTC: `2026-01-01`. */
  readonly from: string;
  readonly perMinute: number;
  readonly rounding?: Rounding;
}

/** Describes days that do not exist, and two prices of one class from the same day. */
export function findPriceProblems(entries: readonly PriceEntry[]): string[] {
  return entries.flatMap(({ runnerClass, from }, i) => {
    if (parseDay(from) === undefined) return [`prices[${i}].from is a day that does not exist`];
    const first = entries.findIndex((other) => other.runnerClass === runnerClass && other.from === from);
    return first < i
      ? [`prices[${i}] has the runnerClass and the day of prices[${first}]: a class has one price a day`]
      : [];
  });
}

/** Entries without problems. */
export function buildPrices(entries: readonly PriceEntry[]): readonly Price[] {
  return Object.freeze(
    entries.map(({ runnerClass, from, perMinute, rounding = "second" }) => {
      return { runnerClass, from: parseDay(from) ?? 0, perMinute, rounding };
    }),
  );
}

/** The beginning of a day; `undefined` for one that does not exist, such as February 30. */
function parseDay(day: string): number | undefined {
  const at = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at;
}
