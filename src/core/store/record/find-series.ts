import type { MetricKey } from "../../stored-metrics.ts";
import { bigint, nullable } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { toRows } from "../db/transaction.ts";

/** The number of series of a metric, and whether one has the wanted value as its first label. */
export interface FoundSeries {
  readonly stored: number;
  readonly exists: boolean;
}

const stored = bigint("stored");
/** Null where the metric has no series. */
const same = nullable(bigint("same"));

export async function findSeries({ knex }: Connection, metric: MetricKey, firstLabel: string): Promise<FoundSeries> {
  // Labels are a JSON array; a comma or the closing bracket ends the first one.
  const prefix = JSON.stringify([firstLabel]).slice(0, -1);
  const starts = `substr(labels, 1, ${prefix.length}) = ?`;
  const [row] = toRows(
    await knex.raw(
      `select count(*) as stored, sum(case when ${starts} then 1 else 0 end) as same from rollups where metric = ?`,
      [prefix, metric],
    ),
  );
  return row === undefined
    ? { stored: 0, exists: false }
    : { stored: stored.read(row), exists: (same.read(row) ?? 0) > 0 };
}
