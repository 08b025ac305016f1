import type { Difference } from "./change.ts";
import { findChangePoints } from "./change-points.ts";
import { replaceOutliers } from "./outliers.ts";
import { computeMedian } from "./percentiles.ts";

/** A lasting change of a duration. */
export interface LevelChange extends Difference {
  /** Index of the first value of the new level. `before` and `after` are the medians of the levels, in seconds. */
  readonly index: number;
}

/** Smaller changes are not worth a look. */
const least = { share: 0.1, seconds: 10 };

/** Stricter than Otava's 0.001: with hundreds of jobs nearly all changes at that one would be chance. See docs/adr/0039. */
const pMax = 0.0001;

/** The lasting changes of a duration by at least 10 % and 10 s, in the order of the series (seconds). */
export function findDurationChanges(series: readonly number[]): readonly LevelChange[] {
  const points = findChangePoints(replaceOutliers(series), pMax);
  return points.flatMap(({ index, p }, i) => {
    const before = computeMedian(series.slice(points[i - 1]?.index ?? 0, index));
    const after = computeMedian(series.slice(index, points[i + 1]?.index));
    return isWorthALook(before, after) ? [{ index, before, after, p }] : [];
  });
}

/** True for a change of seconds that is great enough to report. */
export function isWorthALook(before: number, after: number): boolean {
  return Math.abs(after - before) >= Math.max(least.share * before, least.seconds);
}
