import { buildDayBucketSql } from "../src/core/day-bucket.ts";
import { buildAddition } from "../src/core/store/db/day-times.ts";
import type { Engine as StoreEngine } from "../src/core/store/db/rowset.ts";
import { dayTimeRowset } from "../src/core/store/db/rowsets.ts";
import { storedMetrics, type MetricKey } from "../src/core/stored-metrics.ts";
import { dayMillis } from "../src/core/time.ts";

/** The day cube of the ledger that `answer-ledger.ts` makes: what its jobs are worth, in the series that they count in. */

/** The labels of a job's series, in the order of `labels`, as SQL over a run `r` and its job `j`. */
const labelCells: Readonly<Record<string, string>> = {
  provider: "r.provider",
  project: "r.project",
  pipeline: "r.pipeline",
  stage: "j.stage",
  job_name: "j.name",
  task_type: "j.task_type",
  result: "j.result",
};

const metric = "jobs" satisfies MetricKey;
/** As the store writes them: a list in JSON. */
const labels = storedMetrics[metric].labels
  .map((name) => labelCells[name] ?? "''")
  .map((cell) => `'"' || ${cell} || '"'`)
  .join(" || ',' || ");
const labelText = `'[' || ${labels} || ']'`;

/** Statements that add to the series and the day cube what the jobs of runs are worth, the second id excluded. */
export function buildCubeFill(engine: StoreEngine, now: number, from: number, to: number): string[] {
  const measured = `select ${labelText} as labels, j.finished_at / ${dayMillis} as day,
      cast(floor(j.duration_seconds * 1000 + 0.5) as bigint) as millis
    from jobs j join runs r on r.id = j.run_id where j.run_id >= ${from} and j.run_id < ${to}`;
  return [
    `insert into rollups (metric, labels, count, created_at)
     select '${metric}', labels, count(*), ${now} from (${measured}) as measured where true group by labels
     on conflict (metric, labels) do update set count = rollups.count + excluded.count`,
    buildAddition(
      dayTimeRowset.list,
      `select day, rollups.id, bucket, 0, count(*), sum(millis) from (
         select labels, day, millis, ${buildDayBucketSql(engine === "sqlite", "millis")} as bucket from (${measured}) as measured
       ) as placed join rollups on rollups.metric = '${metric}' and rollups.labels = placed.labels
       where true group by day, rollups.id, bucket`,
    ),
  ];
}
