import { computeMedian } from "./percentiles.ts";

/** Values on either side of one that its median is taken over. */
const reach = 7;

/**
 * A value is an outlier if it is farther from the median than three standard deviations, which are estimated by the median distance
 * from the median (MAD): 1.4826 times that, for values that are spread normally.
 */
const farthest = 3 * 1.4826;

/** A Hampel filter: replaces each outlier by the median of itself and its neighbours. */
export function replaceOutliers(series: readonly number[]): readonly number[] {
  return series.map((value, i) => {
    const neighbours = series.slice(Math.max(0, i - reach), i + reach + 1);
    const median = computeMedian(neighbours);
    const spread = computeMedian(neighbours.map((neighbour) => Math.abs(neighbour - median)));
    return Math.abs(value - median) > farthest * spread ? median : value;
  });
}
