import type { Percentiles } from "./types.ts";

const wanted = { p50: 50, p80: 80, p95: 95 } as const satisfies Record<keyof Percentiles, number>;

/**
 * Selects the rows between which the percentiles of a sorted list lie: `place` counts from 0 to `last_place`. In whole
 * numbers, whose division is the same on both engines. A percentile may be exactly on a row, so it selects one or two.
 */
export const placesSql = `place in (${Object.values(wanted)
  .flatMap((percent) => [`last_place * ${percent} / 100`, `(last_place * ${percent} + 99) / 100`])
  .join(", ")})`;

/** Interpolates as `percentile_cont` does: https://www.postgresql.org/docs/current/functions-aggregate.html */
export function pickPercentiles(last: number, at: (place: number) => number): Percentiles {
  const percentile = (percent: number) => {
    const scaled = last * percent;
    const [low, high] = [at(Math.floor(scaled / 100)), at(Math.ceil(scaled / 100))];
    return low + (high - low) * ((scaled % 100) / 100);
  };
  return { p50: percentile(wanted.p50), p80: percentile(wanted.p80), p95: percentile(wanted.p95) };
}
