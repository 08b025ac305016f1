import { buildDayBucketSql } from "../../day-bucket.ts";
import { dayMillis } from "../../time.ts";
import type { Engine } from "./rowset.ts";

/** The day cube as the table of an insert that ends with `addToTotal`. */
export const dayTotal = "day_times as total";
export const addToTotal = `on conflict (day, rollup_id, bucket, shard) do update set
  count = total.count + excluded.count, sum_millis = total.sum_millis + excluded.sum_millis`;

/** SQL that adds rows to the day cube. */
export function buildAddition(columns: string, rows: string): string {
  return `insert into ${dayTotal} (${columns}) ${rows} ${addToTotal}`;
}

/** SQL for what completions of jobs are worth in the day cube: `day`, `rollup_id`, `bucket`, `count` and `sum_millis`. */
export function buildWorthSql(engine: Engine, condition: string): string {
  return `
    select day, rollup_id, bucket, count(*) as count, coalesce(sum(millis), 0) as sum_millis from (
      select day, rollup_id, millis, ${buildDayBucketSql(engine === "sqlite", "millis")} as bucket from (
        select finished_at / ${dayMillis} as day, rollup_id,
          case when duration_seconds >= 0 then floor(duration_seconds * 1000 + 0.5) end as millis
        from job_completions where rollup_id <> 0 and finished_at is not null and ${condition}
      ) as measured
    ) as placed group by day, rollup_id, bucket`;
}

/**
 * SQL for what the day cube lacks of what completions are worth, and what it has too much as a negative number. Two series
 * ids are bound twice: only series from the first one on and before the second one are compared. Then the series, day and bucket
 * after which rows are returned, and the most rows.
 */
export function buildGapSql(engine: Engine): string {
  const range = "rollup_id >= ? and rollup_id < ?";
  return `
    select day, rollup_id, bucket, sum(count) as count, sum(sum_millis) as sum_millis from (
      ${buildWorthSql(engine, range)}
      union all
      select day, rollup_id, bucket, -sum(count), -sum(sum_millis) from day_times where ${range} group by day, rollup_id, bucket
    ) as compared where (rollup_id, day, bucket) > (?, ?, ?)
    group by rollup_id, day, bucket having sum(count) <> 0 or sum(sum_millis) <> 0
    order by rollup_id, day, bucket limit ?`;
}
