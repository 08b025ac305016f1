import { findDayBucket, unmeasuredBucket } from "../../day-bucket.ts";
import { dayMillis } from "../../time.ts";
import { addToTotal, buildAddition, buildWorthSql, dayTotal } from "../db/day-times.ts";
import type { Cell } from "../db/rowset.ts";
import { dayTimeRowset, runIdRowset } from "../db/rowsets.ts";
import type { PartitionRange } from "../db/split-expired.ts";
import type { Transaction } from "../db/transaction.ts";
import type { ToCount } from "./completions.ts";

/** Jobs of one day, series and bucket that a transaction counts. */
interface DayTime {
  readonly day: number;
  readonly rollupId: number;
  readonly bucket: number;
  count: number;
  sumMillis: number;
}

/** Buckets and days that fit into one number with the id of a series, and order it: days until the year 2149. */
const bucketsMax = 2 ** 11;
const daysMax = 2 ** 16;

/**
 * Adds completions of jobs that this transaction counts to the day cube. Rows are locked in one order on all replicas. A job
 * without an end is in no day, and one whose run has no name yet is added when that is counted.
 */
export async function addDayTimes(trx: Transaction, jobs: readonly ToCount[], shard: number): Promise<void> {
  const times = new Map<number, DayTime>();
  for (const { rollupId, counted } of jobs) {
    const { finishedAt, durationSeconds } = counted.completion;
    if (rollupId === 0 || finishedAt === null) continue;
    const day = Math.floor(finishedAt / dayMillis);
    const isMeasured = durationSeconds !== null && durationSeconds >= 0;
    const millis = isMeasured ? Math.round(durationSeconds * 1000) : 0;
    const bucket = isMeasured ? findDayBucket(millis) : unmeasuredBucket;
    const key = (rollupId * daysMax + day) * bucketsMax + bucket + bucketsMax / 2;
    const time = times.get(key);
    if (time === undefined) times.set(key, { day, rollupId, bucket, count: 1, sumMillis: millis });
    else {
      time.count++;
      time.sumMillis += millis;
    }
  }
  const rows = [...times].toSorted(([a], [b]) => a - b);
  await trx.insert(
    dayTotal,
    dayTimeRowset,
    rows.map(([, { day, rollupId, bucket, count, sumMillis }]): Cell[] => [
      day,
      rollupId,
      bucket,
      shard,
      count,
      sumMillis,
    ]),
    addToTotal,
  );
}

/** Takes the completions of runs that are about to be deleted out of the day cube. */
export async function subtractRuns(trx: Transaction, ids: readonly (readonly number[])[]): Promise<void> {
  const { engine } = trx.bulk;
  await trx.change(runIdRowset, ids, (given) =>
    buildAddition(
      dayTimeRowset.list,
      `select day, rollup_id, bucket, 0, -count, -sum_millis
       from (${buildWorthSql(engine, `run_id in (select run_id from ${given})`)}) as worth where true
       order by rollup_id, day, bucket`,
    ),
  );
}

/** A shard that no delivery adds to, so that none waits while a month is being dropped. It is added to shard 0 with all others. */
const droppedShard = -1;

/** Takes the completions of a month's deleted runs out of the day cube, on PostgreSQL. */
export async function subtractMonth(trx: Transaction, { firstId, endId }: PartitionRange): Promise<void> {
  const isDeleted = "not exists (select 1 from runs where runs.id = job_completions.run_id)";
  const worth = buildWorthSql("postgres", `run_id >= ${firstId} and run_id < ${endId} and ${isDeleted}`);
  await trx.query(
    buildAddition(
      dayTimeRowset.list,
      `select day, rollup_id, bucket, ${droppedShard}, -count, -sum_millis from (${worth}) as worth where true
       order by rollup_id, day, bucket`,
    ),
  );
}

/** Deletes what is empty of a day; on PostgreSQL the shards are added up before, because retention subtracts from one alone. */
export async function deleteEmptyTimes(trx: Transaction, day: number): Promise<void> {
  if (trx.bulk.engine === "postgres") {
    await trx.query(
      `with moved as (delete from day_times where day = ? and shard <> 0 returning day, rollup_id, bucket, count, sum_millis)
       ${buildAddition(
         dayTimeRowset.list,
         `select day, rollup_id, bucket, 0, sum(count), sum(sum_millis) from moved group by day, rollup_id, bucket
          order by rollup_id, day, bucket`,
       )}`,
      [day],
    );
  }
  await trx.query("delete from day_times where day = ? and count = 0 and sum_millis = 0", [day]);
}
