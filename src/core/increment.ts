import type { Series } from "./series.ts";
import type { Millis } from "./time.ts";

/** What links a total to the latest run that moved it; OpenMetrics shows it as an exemplar. */
export interface Exemplar {
  readonly run: string;
  readonly url: string | null;
  readonly at: Millis;
}

/** An addition to one series: an event (`count` 1), with `seconds` for a histogram. */
export interface Increment extends Series {
  readonly count: number;
  readonly seconds?: number;
  readonly exemplar?: Exemplar | undefined;
}

/** The index of the bucket that `seconds` falls into; the last one is `+Inf`. */
export function findBucket(seconds: number, bounds: readonly number[]): number {
  let index = 0;
  while (index < bounds.length && !(seconds <= (bounds[index] as number))) index++;
  return index;
}
