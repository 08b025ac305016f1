import type { Page, Position } from "./types.ts";

export interface Placed<T> {
  readonly position: Position;
  readonly item: T;
}

/** Rows of one range of an index, newest first, and the position at which the scan stopped before the end of the range. */
export interface RangeScan<T> {
  readonly rows: readonly Placed<T>[];
  readonly stoppedAt: Position | undefined;
}

/** Orders positions newest first; below 0 when `a` comes before `b` in a list. */
export function comparePositions(a: Position, b: Position): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (b[i] ?? 0) - (a[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Merges several scans into one page. Rows after the first position at which a scan stopped are left to the next page, because
 * that scan may still find newer ones.
 */
export function mergeScans<T>(scans: readonly RangeScan<T>[], limit: number): Page<T> {
  const stops = scans.flatMap(({ stoppedAt }) => (stoppedAt === undefined ? [] : [stoppedAt]));
  const [stop] = stops.toSorted(comparePositions);
  const rows = scans
    .flatMap((scan) => scan.rows)
    .filter(({ position }) => stop === undefined || comparePositions(position, stop) <= 0)
    .toSorted((a, b) => comparePositions(a.position, b.position));
  const shown = rows.slice(0, limit);
  return { items: shown.map(({ item }) => item), next: rows.length > limit ? shown.at(-1)?.position : stop };
}
