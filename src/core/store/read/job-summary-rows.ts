import type { Knex } from "knex";
import { aheadMax } from "../../sender-clock.ts";
import { runResults } from "../../states.ts";
import { dayMillis } from "../../time.ts";
import { bigint, text, nullable, type Column, type Row } from "../db/columns.ts";
import { buildPercentilesSql, parsePercentiles } from "../db/percentiles.ts";
import type { Engine } from "../db/rowset.ts";
import { seriesGroupRowset } from "../db/rowsets.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { isLabel, type JobSeriesGroups } from "./job-series.ts";
import type { JobDimension, JobSummaryGroup, JobSummaryQuery } from "./job-types.ts";

/** The dimensions that are no labels of the series. A time is the one at which it begins; the first Monday was the fifth day. */
const hour = dayMillis / 24;
const buildMonth = (engine: Engine) =>
  engine === "postgres"
    ? "cast(extract(epoch from date_trunc('month', to_timestamp(c.finished_at / 1000.0) at time zone 'UTC')) as bigint) * 1000"
    : "cast(strftime('%s', c.finished_at / 1000, 'unixepoch', 'start of month') as integer) * 1000";
const expressions: Readonly<Partial<Record<JobDimension, (engine: Engine) => string>>> = {
  runner_class: () => "coalesce(j.runner_class, '')",
  ref_kind: () => "coalesce(r.ref_kind, '')",
  trigger: () => `coalesce(r."trigger", '')`,
  hour: () => `c.finished_at / ${hour} * ${hour}`,
  day: () => `c.finished_at / ${dayMillis} * ${dayMillis}`,
  week: () => `((c.finished_at / ${dayMillis} + 3) / 7 * 7 - 3) * ${dayMillis}`,
  month: buildMonth,
};
const times: readonly JobDimension[] = ["hour", "day", "week", "month"];

const seriesGroup = bigint("series_group");
const counts = runResults.map((result) => [result, bigint(`n_${result}`)] as const);
const totalMillis = nullable(bigint("total_millis"));

/**
 * Computes the groups from each stored completion of a job. SQLite joins tables of a `cross join` in the order in which they
 * stand (https://www.sqlite.org/optoverview.html#crossjoin): it would begin with the series, and read all completions that
 * there are into an index of its own.
 */
export async function summariseRows(
  { trx, engine, bulk }: Reading,
  query: JobSummaryQuery,
  { series, keys }: JobSeriesGroups,
): Promise<JobSummaryGroup[]> {
  const others = query.by.filter((dimension) => !isLabel(dimension));
  const columns = others.map((dimension) => [dimension, toColumn(dimension)] as const);
  const given = bulk.rows(
    seriesGroupRowset,
    series.map(({ id, group }) => [id, group]),
  );
  const { conditions, bindings } = describeRunFilter(query);
  const needsJob = others.includes("runner_class") || query.jobs.runnerClass !== undefined;
  const sql = `
    with grouped as materialized (select cast(rollup_id as bigint) as rollup_id, series_group from ${given.from})
    select grouped.series_group, ${others.map((one) => `${expressions[one]?.(engine)} as by_${one}, `).join("")}
      ${runResults.map((result) => `sum(case when c.result = '${result}' then 1 else 0 end) as n_${result}`).join(", ")},
      sum(floor(c.duration_seconds * 1000 + 0.5)) as total_millis,
      ${buildPercentilesSql(engine, "c.duration_seconds")} as duration, ${buildPercentilesSql(engine, "c.queue_seconds")} as queue
    from runs r cross join job_completions c cross join grouped ${needsJob ? "cross join jobs j" : ""}
    where c.run_id = r.id and grouped.rollup_id = c.rollup_id
      ${needsJob ? `and j.run_id = c.run_id and j.native_id = ${nativeIdSql}` : ""}
      and r.updated_at >= ? and c.finished_at >= ? and c.finished_at < ? ${conditions.map((one) => `and ${one}`).join(" ")}
    group by ${["series_group", ...others.map((one) => `by_${one}`)].join(", ")}`;
  const span = [query.since - aheadMax, query.since, query.until];
  return toRows(await trx.raw(sql, [...given.bindings, ...span, ...bindings])).map((row) => ({
    keys: { ...keys[seriesGroup.read(row)], ...readKeys(columns, row) },
    results: Object.fromEntries(
      counts.map(([result, column]) => [result, column.read(row)]),
    ) as JobSummaryGroup["results"],
    totalSeconds: (totalMillis.read(row) ?? 0) / 1000,
    duration: parsePercentiles(row["duration"]),
    queue: parsePercentiles(row["queue"]),
  }));
}

/** The key of a completion is the job's id; skips are counted apart. */
const nativeIdSql = "case when c.result = 'skip' then substr(c.key, 1, length(c.key) - 5) else c.key end";

function toColumn(dimension: JobDimension): Column<string | number> {
  return times.includes(dimension) ? bigint(`by_${dimension}`) : text(`by_${dimension}`);
}

function readKeys(columns: readonly (readonly [JobDimension, Column<string | number>])[], row: Row) {
  return Object.fromEntries(columns.map(([dimension, column]) => [dimension, toKey(column.read(row))]));
}

function toKey(value: string | number): string | number | null {
  return value === "" ? null : value;
}

/** Conditions that the labels of series do not hold. As expressions, so that the planner uses the index over time and no other. */
export function describeRunFilter({ runs, jobs }: JobSummaryQuery): {
  readonly conditions: readonly string[];
  readonly bindings: readonly Knex.Value[];
} {
  const { source, ref, refKind, trigger, defaultBranch } = runs;
  const equal = Object.entries({
    "r.source": source,
    "r.ref": ref,
    "r.ref_kind": refKind,
    'r."trigger"': trigger,
    "j.runner_class": jobs.runnerClass,
  }).flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
  return {
    conditions: [
      ...equal.map(([column]) => `coalesce(${column}, '') = ?`),
      ...(defaultBranch === undefined ? [] : ["r.default_branch = ?"]),
    ],
    bindings: [...equal.map(([, value]) => value), ...(defaultBranch === undefined ? [] : [defaultBranch])],
  };
}
