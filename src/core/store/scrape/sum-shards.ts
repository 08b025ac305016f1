import { rollupColumns } from "../db/tables.ts";

/** Where the cells of a row are: the id, the count, the sum, the exemplar (run, URL, moment, seconds), and the buckets. */
const [firstFigure, firstLink, firstBucket] = [1, 3, 7];
/** What decides which of two exemplars is the latest: its moment, its run, its seconds. */
const decisive = [5, 3, 6];

/** Adds up the rows of each series, of which one is the total and the others are shards. */
export function sumShards(rows: readonly (readonly unknown[])[]): Iterable<readonly unknown[]> {
  const sums = new Map<number, unknown[]>();
  for (const row of rows) {
    const id = rollupColumns.id.decode(row[0]);
    const sum = sums.get(id);
    sums.set(id, sum === undefined ? [...row] : add(sum, row));
  }
  return sums.values();
}

function add(sum: readonly unknown[], row: readonly unknown[]): unknown[] {
  // The latest exemplar, as `addIncrements` chooses it within one row.
  const latest = isLater(row, sum) ? row : sum;
  return sum.map((cell, i) => {
    const isFigure = (i >= firstFigure && i < firstLink) || i >= firstBucket;
    return isFigure ? (cell as number) + (row[i] as number) : latest[i];
  });
}

function isLater(row: readonly unknown[], than: readonly unknown[]): boolean {
  for (const at of decisive) {
    const [cell, other] = [row[at] ?? 0, than[at] ?? 0] as (number | string)[];
    if (cell !== other) return (cell as number) > (other as number);
  }
  return false;
}
