import type { Database } from "better-sqlite3";
import type { Engine } from "./rowset.ts";

/** Seconds, interpolated as PostgreSQL's `percentile_cont` does. */
export interface Percentiles {
  readonly p50: number;
  readonly p80: number;
  readonly p90: number;
  readonly p95: number;
}

const wanted = { p50: 50, p80: 80, p90: 90, p95: 95 } as const satisfies Record<keyof Percentiles, number>;

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
  const { p50, p80, p90, p95 } = wanted;
  return { p50: percentile(p50), p80: percentile(p80), p90: percentile(p90), p95: percentile(p95) };
}

/** SQL for the percentiles of a column as the text of a JSON array; null where all its values are. See `parsePercentiles`. */
export function buildPercentilesSql(engine: Engine, column: string): string {
  if (engine === "sqlite") return `percentiles(${column})`;
  const shares = Object.values(wanted).map((percent) => percent / 100);
  return `array_to_json(percentile_cont(array[${shares.join(", ")}]) within group (order by ${column}))::text`;
}

/** Without the last digits, in which the engines differ. */
export function parsePercentiles(cell: unknown): Percentiles | undefined {
  if (typeof cell !== "string") return undefined;
  const [p50 = 0, p80 = 0, p90 = 0, p95 = 0] = (JSON.parse(cell) as number[]).map((value) => Number(value.toFixed(6)));
  return { p50, p80, p90, p95 };
}

/** Gives SQLite the aggregate function `percentiles`: to rank all rows in SQL takes several times as long. */
export function registerPercentiles(database: Database): void {
  database.aggregate<number[]>("percentiles", {
    deterministic: true,
    start: () => [],
    step(values, value: number | null) {
      if (value !== null) values.push(value);
    },
    result(values) {
      if (values.length === 0) return null;
      const sorted = Float64Array.from(values).toSorted();
      const { p50, p80, p90, p95 } = pickPercentiles(sorted.length - 1, (place) => sorted[place] ?? NaN);
      return JSON.stringify([p50, p80, p90, p95]);
    },
  });
}
