import { estimateSeconds, unmeasuredBucket } from "../../day-bucket.ts";
import { runResults, type RunResult } from "../../states.ts";
import { dayMillis } from "../../time.ts";
import { readArrays } from "../db/connect.ts";
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
  { trx }: Reading,
  { by, ...query }: JobSummaryQuery,
  { series, keys }: JobSeriesGroups,
): Promise<JobSummaryGroup[]> {
  const wanted = by.filter(isPeriod);
  const span = widenToDays(query);
  const day = wanted.length === 0 ? "0" : "day";
  const rows = await readArrays(
    trx,
    `select rollup_id, ${day} as by_day, bucket, sum(count) as count, sum(sum_millis) as sum_millis from day_times
     where day >= ? and day < ? group by ${wanted.length === 0 ? "rollup_id, bucket" : "rollup_id, day, bucket"}`,
    [span.since / dayMillis, span.until / dayMillis],
  );
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
