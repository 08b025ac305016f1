import { estimateSeconds, unmeasuredBucket } from "../../day-bucket.ts";
import { runResults, type RunResult } from "../../states.ts";
import { dayMillis } from "../../time.ts";
import { readArrays } from "../db/connect.ts";
import { seriesGroupRowset } from "../db/rowsets.ts";
import { pickPercentiles, type Percentiles } from "../db/percentiles.ts";
import type { Reading } from "./context.ts";
import { isLabel, type JobSeriesGroups } from "./job-series.ts";
import type { JobDimension, JobSummaryGroup, JobSummaryQuery } from "./job-types.ts";

/** Dimensions of time that whole days make up. */
const periods = ["day", "week", "month"] as const satisfies readonly JobDimension[];
type Period = (typeof periods)[number];

function isPeriod(dimension: JobDimension): dimension is Period {
  return (periods as readonly JobDimension[]).includes(dimension);
}

/** Whether the day cube holds all that a question is about: it has no other property of a run or a runner, and no hours. */
export function isInDayCube({ by, runs, jobs }: JobSummaryQuery): boolean {
  const { provider: _provider, project: _project, pipeline: _pipeline, ...others } = runs;
  return (
    by.every((dimension) => isLabel(dimension) || isPeriod(dimension)) &&
    jobs.runnerClass === undefined &&
    Object.values(others).every((value) => value === undefined)
  );
}

/** The whole days that a span lies in. */
export function widenToDays({ since, until }: Pick<JobSummaryQuery, "since" | "until">) {
  return { since: Math.floor(since / dayMillis) * dayMillis, until: Math.ceil(until / dayMillis) * dayMillis };
}

interface Sum {
  readonly keys: JobSummaryGroup["keys"];
  readonly results: Record<RunResult, number>;
  millis: number;
  /** Jobs by bucket. */
  readonly buckets: Map<number, number>;
}

/** Computes the groups from the day cube. */
export async function summariseDays(
  reading: Reading,
  { by, ...query }: JobSummaryQuery,
  { series, keys }: JobSeriesGroups,
): Promise<JobSummaryGroup[]> {
  const wanted = by.filter(isPeriod);
  const rows =
    wanted.length === 0 ? await readWhole(reading, query) : await readPeriods(reading, query, series, wanted);
  const bySeries = new Map(series.map((one) => [one.id, one]));
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const [id = 0, onDay = 0, bucket = 0, count = 0, millis = 0] = row.map(Number);
    const named = bySeries.get(id);
    if (named === undefined || count === 0) continue;
    const times = Object.fromEntries(wanted.map((period) => [period, begin(period, onDay * dayMillis)]));
    const key = `${named.group} ${Object.values(times).join(" ")}`;
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = createSum({ ...keys[named.group], ...times })));
    sum.results[named.result] += count;
    sum.millis += millis;
    if (bucket !== unmeasuredBucket) sum.buckets.set(bucket, (sum.buckets.get(bucket) ?? 0) + count);
  }
  return [...sums.values()].map((sum) => ({
    keys: sum.keys,
    results: sum.results,
    totalSeconds: sum.millis / 1000,
    duration: estimatePercentiles(sum.buckets),
    queue: undefined,
  }));
}

/** The days that a span lies in, the second one excluded. */
function toDays(span: Pick<JobSummaryQuery, "since" | "until">): number[] {
  const { since, until } = widenToDays(span);
  return [since / dayMillis, until / dayMillis];
}

/** Rows of series, day (none), bucket, jobs and milliseconds, over the whole span. */
function readWhole({ trx }: Reading, query: Pick<JobSummaryQuery, "since" | "until">): Promise<unknown[][]> {
  return readArrays(
    trx,
    `select rollup_id, 0, bucket, sum(count), sum(sum_millis) from day_times
     where day >= ? and day < ? group by rollup_id, bucket`,
    toDays(query),
  );
}

/**
 * The same by day, or by the Monday of a week. Series whose jobs come into one group with one result are summed up in the
 * database, because there are many more rows: each group is called by one series of it.
 */
function readPeriods(
  { trx, bulk }: Reading,
  query: Pick<JobSummaryQuery, "since" | "until">,
  series: JobSeriesGroups["series"],
  wanted: readonly Period[],
): Promise<unknown[][]> {
  const first = new Map<string, number>();
  const cells = series.map(({ id, group, result }) => {
    const key = `${group} ${result}`;
    const named = first.get(key) ?? id;
    first.set(key, named);
    return [id, named];
  });
  const given = bulk.rows(seriesGroupRowset, cells);
  const day = wanted.every((period) => period === "week") ? "(t.day + 3) / 7 * 7 - 3" : "t.day";
  return readArrays(
    trx,
    `with grouped as materialized (select rollup_id, series_group from ${given.from})
     select grouped.series_group, ${day} as by_day, t.bucket, sum(t.count), sum(t.sum_millis)
     from day_times t join grouped on grouped.rollup_id = t.rollup_id
     where t.day >= ? and t.day < ? group by grouped.series_group, ${day}, t.bucket`,
    [...given.bindings, ...toDays(query)],
  );
}

function createSum(keys: JobSummaryGroup["keys"]): Sum {
  const results = Object.fromEntries(runResults.map((result) => [result, 0])) as Sum["results"];
  return { keys, results, millis: 0, buckets: new Map() };
}

/** The beginning of the period that a day lies in; weeks begin on Monday. */
function begin(period: Period, at: number): number {
  if (period === "day") return at;
  const date = new Date(at);
  if (period === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return at - ((date.getUTCDay() + 6) % 7) * dayMillis;
}

function estimatePercentiles(buckets: ReadonlyMap<number, number>): Percentiles | undefined {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const ends: number[] = [];
  let count = 0;
  for (const [, jobs] of sorted) ends.push((count += jobs));
  if (count === 0) return undefined;
  return pickPercentiles(count - 1, (place) => {
    const i = ends.findIndex((end) => place < end);
    return estimateSeconds(sorted[i]?.[0] ?? NaN);
  });
}
