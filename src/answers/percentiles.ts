/** Sorts numbers into a list of their own. */
export function sortNumbers(values: readonly number[]): Float64Array {
  return Float64Array.from(values).toSorted();
}

/** Interpolates as PostgreSQL's `percentile_cont` does: https://www.postgresql.org/docs/current/functions-aggregate.html. `NaN` of no values. */
export function pickPercentile(sorted: Float64Array, percent: number): number {
  const scaled = Math.max(0, sorted.length - 1) * percent;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(scaled / 100)], sorted[Math.ceil(scaled / 100)]];
  return low + (high - low) * ((scaled % 100) / 100);
}

/** The same of values that occur several times; `count`: how many there are in all. */
export function pickWeighted(
  sorted: readonly (readonly [value: number, times: number])[],
  count: number,
  percent: number,
): number {
  const scaled = Math.max(0, count - 1) * percent;
  const at = (place: number): number => {
    let end = 0;
    return sorted.find(([, times]) => place < (end += times))?.[0] ?? Number.NaN;
  };
  const [low, high] = [at(Math.floor(scaled / 100)), at(Math.ceil(scaled / 100))];
  return low + (high - low) * ((scaled % 100) / 100);
}

/** The middle value, or the mean of the two in the middle; `NaN` of none. */
export function computeMedian(values: readonly number[]): number {
  return pickPercentile(sortNumbers(values), 50);
}
