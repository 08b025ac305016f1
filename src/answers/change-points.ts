import { computeStudentP, type Sample } from "./probability.ts";

/**
 * Where a series of numbers changed its level for good: E-divisive with Student's t, as Apache Otava does it
 * (https://github.com/apache/otava: otava/analysis.py and otava/change_point_divisive), except that a level has a least length.
 */

export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** The probability of so great a difference between the values before and after, up to the next change points, by chance. */
  readonly p: number;
}

/** Values that are compared at a time: a slow drift is no change, and the cost grows with the square. */
const windowLength = 50;

/** Values that a level has at least: fewer may be chance, or outliers side by side. */
const shortest = 5;

/** The first pass accepts weaker changes, which the second one removes unless they turn out to be strong. */
const firstPassFactor = 10;

/** In the order of the series; those with a probability below `pMax`. */
export function findChangePoints(series: readonly number[], pMax: number): readonly ChangePoint[] {
  const weak = splitByWindows(series, pMax * firstPassFactor);
  return removeWeakest(series, weak, pMax);
}

/** Windows that overlap by half; the next one begins at the last change, if that is farther. */
function splitByWindows(series: readonly number[], pMax: number): readonly number[] {
  const found = new Set<number>();
  for (let start = 0; start < series.length; ) {
    const inWindow = splitWindow(series.slice(start, start + windowLength), pMax).map((index) => index + start);
    for (const index of inWindow) found.add(index);
    start = Math.max(inWindow.at(-1) ?? 0, start + windowLength / 2);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Splits at the best candidate as long as it is significant. */
function splitWindow(values: readonly number[], pMax: number): readonly number[] {
  const distances = sumDistances(values);
  const found: number[] = [];
  for (;;) {
    const bounds = [0, ...found, values.length];
    const [best] = found
      .concat(values.length)
      .map((end, i) => findCandidate(distances, bounds[i] ?? 0, end))
      .toSorted((a, b) => b.divergence - a.divergence);
    if (best === undefined || best.index <= 0 || measureChange(values, bounds, best.index) > pMax) return found;
    found.push(best.index);
    found.sort((a, b) => a - b);
  }
}

/** Sums of the distances between all pairs of values in `[from, to)`. */
type DistanceSums = (from: number, to: number) => number;

function sumDistances(values: readonly number[]): DistanceSums {
  const width = values.length + 1;
  const sums = new Float64Array(width * width);
  for (let from = values.length - 2; from >= 0; from--) {
    let ofFirst = 0;
    for (let to = from + 2; to < width; to++) {
      ofFirst += Math.abs((values[from] ?? 0) - (values[to - 1] ?? 0));
      sums[from * width + to] = (sums[(from + 1) * width + to] ?? 0) + ofFirst;
    }
  }
  return (from, to) => sums[from * width + to] ?? 0;
}

interface Candidate {
  /** 0: there is none. */
  readonly index: number;
  /** How much two neighbouring parts differ: Q̂ of https://doi.org/10.48550/arXiv.1306.4933, formula 6. */
  readonly divergence: number;
}

/** The index in `(start, end)` at which the values before it and some of those after it differ most. */
function findCandidate(within: DistanceSums, start: number, end: number): Candidate {
  let best: Candidate = { index: 0, divergence: -Infinity };
  for (let to = start + 2 * shortest; to <= end; to++) {
    const all = within(start, to);
    for (let index = start + shortest; index <= to - shortest; index++) {
      const [left, right] = [within(start, index), within(index, to)];
      const [n, m] = [index - start, to - index];
      const ofLeft = n > 1 ? (m * left) / (n - 1) : 0;
      const ofRight = m > 1 ? (n * right) / (m - 1) : 0;
      const divergence = (2 * (all - left - right - ofLeft - ofRight)) / (n + m);
      if (divergence > best.divergence) best = { index, divergence };
    }
  }
  return best;
}

/** The p of a change at `index`, between the bounds around it. */
function measureChange(series: readonly number[], bounds: readonly number[], index: number): number {
  const from = bounds.findLast((bound) => bound < index) ?? 0;
  const to = bounds.find((bound) => bound > index) ?? series.length;
  return computeStudentP(describeSample(series, from, index), describeSample(series, index, to));
}

function describeSample(series: readonly number[], from: number, to: number): Sample {
  const n = to - from;
  let [sum, squares] = [0, 0];
  for (let i = from; i < to; i++) sum += series[i] ?? 0;
  const mean = sum / n;
  for (let i = from; i < to; i++) squares += ((series[i] ?? 0) - mean) ** 2;
  return { n, mean, variance: squares / n };
}

/** Removes the weakest change until all that remain are significant between their neighbours. */
function removeWeakest(series: readonly number[], weak: readonly number[], pMax: number): readonly ChangePoint[] {
  let indices = weak;
  for (;;) {
    const bounds = [0, ...indices, series.length];
    const points = indices.map((index) => ({ index, p: measureChange(series, bounds, index) }));
    const [weakest] = points.toSorted((a, b) => b.p - a.p);
    if (weakest === undefined || weakest.p < pMax) return points;
    indices = indices.filter((index) => index !== weakest.index);
  }
}
