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
  return pickPercentile(values.length <= fewMax ? sortFew(values) : sortNumbers(values), 50);
}

/** Fewer values are sorted by insertion: a call of the engine's sort takes longer. */
const fewMax = 16;

function sortFew(values: readonly number[]): Float64Array {
  const sorted = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    let place = i;
    for (; place > 0 && (sorted[place - 1] ?? 0) > value; place--) sorted[place] = sorted[place - 1] ?? 0;
    sorted[place] = value;
  }
  return sorted;
}

/** The same as `pickPercentile` of values in any order, which it moves: several times faster than to sort them. */
export function selectPercentile(values: Float64Array, percent: number): number {
  const scaled = Math.max(0, values.length - 1) * percent;
  if (values.length === 0) return Number.NaN;
  const low = selectRank(values, Math.floor(scaled / 100));
  const high = selectRank(values, Math.ceil(scaled / 100));
  return low + (high - low) * ((scaled % 100) / 100);
}

/** The value that would be at this place if the values were sorted: Hoare's algorithm, https://en.wikipedia.org/wiki/Quickselect */
function selectRank(values: Float64Array, rank: number): number {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = pickPivot(values, from, to);
    let [low, high] = [from, to];
    while (low <= high) {
      while ((values[low] ?? 0) < pivot) low++;
      while ((values[high] ?? 0) > pivot) high--;
      if (low > high) break;
      const value = values[low] ?? 0;
      values[low++] = values[high] ?? 0;
      values[high--] = value;
    }
    if (rank <= high) to = high;
    else if (rank >= low) from = low;
    else return values[rank] ?? 0;
  }
  return values[rank] ?? 0;
}

/** The middle one of three. */
function pickPivot(values: Float64Array, from: number, to: number): number {
  const [a, b, c] = [values[from] ?? 0, values[(from + to) >> 1] ?? 0, values[to] ?? 0];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
