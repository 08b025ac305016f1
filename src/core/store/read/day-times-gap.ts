import { readArrays } from "../db/connect.ts";
import { buildGapSql } from "../db/day-times.ts";
import type { Reading } from "./context.ts";

/** Series by their ids, the second one excluded. */
export interface SeriesRange {
  readonly from: number;
  readonly to: number;
  /** Series, day and bucket of the last row that was read before; left out: none was. */
  readonly after?: readonly [number, number, number] | undefined;
  /** The most rows that are returned. */
  readonly rowsMax: number;
}

/** Numbers of a row in a gap: day, series, bucket, jobs and milliseconds. */
export const gapColumns = 5;

/** What the day cube lacks of these series, row after row. It reads every completion of a job once. */
export async function readDayTimesGap(
  { trx, engine }: Reading,
  { from, to, after = [0, 0, 0], rowsMax }: SeriesRange,
): Promise<Float64Array> {
  if (engine === "postgres") {
    await trx.raw("set local statement_timeout = 0");
    // Before the snapshot begins: a month that is dropped after that would be missing from an older snapshot too.
    await trx.raw("lock table job_completions in access share mode");
  }
  const rows = await readArrays(trx, buildGapSql(engine), [from, to, from, to, ...after, rowsMax]);
  const gap = new Float64Array(rows.length * gapColumns);
  rows.forEach((row, i) => row.forEach((cell, column) => (gap[i * gapColumns + column] = Number(cell))));
  return gap;
}
