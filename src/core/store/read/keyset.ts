import type { Page, Position } from "./types.ts";

export interface Placed<T> {
  readonly position: Position;
  readonly item: T;
}

/** Rows of one range of an index, newest first, and where the search stopped though the range went on. */
export interface Walk<T> {
  readonly rows: readonly Placed<T>[];
  readonly stoppedAt: Position | undefined;
}

/** Orders positions newest first; below 0 where `a` comes before `b` in a list. */
export function byNewest(a: Position, b: Position): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (b[i] ?? 0) - (a[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * One page out of several walks. What lies beyond the point where any of them stopped is left to the next page, because
 * that walk may still find something newer.
 */
export function merged<T>(walks: readonly Walk<T>[], limit: number): Page<T> {
  const stops = walks.flatMap(({ stoppedAt }) => (stoppedAt === undefined ? [] : [stoppedAt]));
  const [stop] = stops.toSorted(byNewest);
  const rows = walks
    .flatMap((walk) => walk.rows)
    .filter(({ position }) => stop === undefined || byNewest(position, stop) <= 0)
    .toSorted((a, b) => byNewest(a.position, b.position));
  const shown = rows.slice(0, limit);
  return { items: shown.map(({ item }) => item), next: rows.length > limit ? shown.at(-1)?.position : stop };
}
