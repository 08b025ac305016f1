/**
 * The buckets of the day cube: a duration of `s` seconds lies in bucket ⌈16·log2(s)⌉, as in Prometheus's native histograms of
 * schema 4 (https://prometheus.io/docs/specs/native_histograms/#standard-schemas). A bucket is 4.4 % wide, so its middle is at
 * most 2.2 % from any value in it.
 */
const perDoubling = 16;

/** The bucket of jobs without a duration. */
export const unmeasuredBucket = -1000;
/** The bucket of all shorter times: under a millisecond. */
const leastBucket = -160;

/**
 * Less than any whole number of milliseconds lies above the bound of a bucket, and more than logarithms of different
 * programs differ by: so that JavaScript, SQLite and PostgreSQL find the same bucket.
 */
const margin = 1e-9;

/** The bucket of a duration in whole milliseconds. (0 is added because the ceiling of a small negative number is -0.) */
export function findDayBucket(millis: number): number {
  return millis <= 0 ? leastBucket : Math.ceil(perDoubling * Math.log2(millis / 1000) - margin) + 0;
}

/** The same in SQL, for a column in seconds: null where the column is. */
export function buildDayBucketSql(isSqlite: boolean, millis: string): string {
  const logarithm = isSqlite ? `log2(${millis} / 1000.0)` : `ln(${millis}::double precision / 1000) / ln(2)`;
  return `cast(case when ${millis} is null then ${unmeasuredBucket} when ${millis} <= 0 then ${leastBucket}
    else ceil(${perDoubling} * ${logarithm} - ${margin.toFixed(9)}) end as integer)`;
}

/** The seconds in the middle of a bucket. */
export function estimateSeconds(bucket: number): number {
  return 2 ** ((bucket - 0.5) / perDoubling);
}

/** How far the middle of a bucket may be from a value in it, relative to the value. */
export const dayTimesErrorBound = 0.022;
