import type { Knex } from "knex";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { bigint, real, text, type Column, type Row } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import { pickPercentiles, placesSql } from "../db/percentiles.ts";
import type { Reading } from "./context.ts";
import type { Dimension, Percentiles, Summary, SummaryGroup, SummaryQuery } from "./types.ts";
import { runResults } from "../../states.ts";
import { aheadMax } from "../../sender-clock.ts";
import { dayMillis } from "../../time.ts";

/** The most groups that are computed: those with the most completions. */
const groupsMax = 1000;

/** Without a dimension all completions have one key. */
type Key = Dimension | "whole";

function listKeys(by: readonly Dimension[]): readonly Key[] {
  return by.length === 0 ? ["whole"] : by;
}

/** An absent value is an empty text here: null equals nothing, not even in a join. */
const expressions: Readonly<Record<Key, string>> = {
  provider: "r.provider",
  project: "coalesce(r.project, '')",
  pipeline: "coalesce(r.pipeline, '')",
  day: `c.finished_at / ${dayMillis}`,
  hour: `c.finished_at / ${dayMillis / 24}`,
  whole: "0",
};

const keyColumns = {
  provider: text("provider"),
  project: text("project"),
  pipeline: text("pipeline"),
  day: bigint("day"),
  hour: bigint("hour"),
} satisfies Record<Dimension, Column>;

const numbers: readonly Key[] = ["day", "hour", "whole"];

/** The kind of a row: the counts of a group, or a completion on which a percentile lies. */
const rowKind = text<"counts" | "duration" | "queue">("kind");
const resultCounts = runResults.map((result) => [result, bigint(`n_${result}`)] as const);
const restartCount = bigint("n_restarts");
const recoveredCount = bigint("n_recovered");
const statistic = { place: bigint("place"), lastPlace: bigint("last_place"), seconds: real("seconds") };

/** True for the latest completion of a run. A run has few, and they lie side by side. */
const isLatest = `not exists (
  select 1 from run_completions n where n.run_id = c.run_id and (n.attempt_order, coalesce(n.finished_at, 0), n.key) > (c.attempt_order, coalesce(c.finished_at, 0), c.key))`;

/**
 * Counts and percentiles of completions, by group. The runs are found by the time of their last delivery: a completion is
 * stored at most `aheadMax` before the end that it states, so none is missed, and no index over the times of completions is
 * needed.
 */
export async function summarise({ trx, engine }: Reading, query: SummaryQuery): Promise<Summary> {
  const { sql, bindings } = buildCompletedSql(query);
  const rows = toRows(await trx.raw(buildSummarySql(engine, query.by, sql), bindings));
  const groups = new Map<string, Partial<Record<string, Row[]>>>();
  for (const row of rows) {
    const key = JSON.stringify(query.by.map((dimension) => row[dimension]));
    const kinds = groups.get(key) ?? {};
    groups.set(key, kinds);
    (kinds[rowKind.read(row)] ??= []).push(row);
  }
  const all = [...groups.values()]
    .map((kinds) => toGroup(query.by, kinds))
    .toSorted((a, b) => countCompletions(b) - countCompletions(a));
  return { groups: all.slice(0, groupsMax), truncated: all.length > groupsMax };
}

function countCompletions(group: SummaryGroup): number {
  return runResults.reduce((total, result) => total + group.results[result], 0);
}

function buildCompletedSql({ by, since, until, filter, children = false }: SummaryQuery): {
  sql: string;
  bindings: Knex.Value[];
} {
  const { source, provider, project, pipeline, defaultBranch } = filter;
  // As expressions, so that the planner uses the index over time and no other.
  const equalities = Object.entries({ source, provider, project, pipeline }).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  const conditions = equalities.map(([column]) => `and coalesce(r.${column}, '') = ?`);
  if (defaultBranch !== undefined) conditions.push("and r.default_branch = ?");
  if (!children && pipeline === undefined) conditions.push("and r.parent is null");
  const sql = `
    select ${listKeys(by)
      .map((key) => `${expressions[key]} as ${key}`)
      .join(", ")},
      c.result, c.duration_seconds as duration, c.queue_seconds as queue,
      case when r.restarts > 0 and ${isLatest} then r.restarts else 0 end as restarts,
      case when r.recovered and ${isLatest} then 1 else 0 end as recovered
    from runs r join run_completions c on c.run_id = r.id
    where r.updated_at >= ? and c.finished_at >= ? and c.finished_at < ? ${conditions.join(" ")}`;
  const bindings: Knex.Value[] = [since - aheadMax, since, until, ...equalities.map(([, value]) => value)];
  return { sql, bindings: defaultBranch === undefined ? bindings : [...bindings, defaultBranch] };
}

/** One statement, so that the completions are read once: a row of counts for each group, then its order statistics. */
function buildSummarySql(engine: Engine, by: readonly Dimension[], completed: string): string {
  const keys = listKeys(by).join(", ");
  const ties = listKeys(by)
    .map((key) => (numbers.includes(key) ? key : inByteOrder(engine, key)))
    .join(", ");
  const counts = runResults.map((result) => `sum(case when result = '${result}' then 1 else 0 end) as n_${result}`);
  const zeros = [...runResults.map(() => "0"), "0", "0"].join(", ");
  const statistics = (kind: string) => `
    select '${kind}' as kind, ${keys}, ${zeros}, place, last_place, ${kind} as seconds
    from (
      select ${keys}, ${kind}, last_${kind} as last_place,
        row_number() over (partition by ${keys} order by ${kind}) - 1 as place
      from completed join counted using (${keys}) where ${kind} is not null
    ) as ranked_${kind}
    where ${placesSql}`;
  return `
    with completed as materialized (${completed}),
    counted as materialized (
      select ${keys}, ${counts.join(", ")}, sum(restarts) as n_restarts, sum(recovered) as n_recovered,
        count(duration) - 1 as last_duration, count(queue) - 1 as last_queue
      from completed group by ${keys} order by count(*) desc, ${ties} limit ${groupsMax + 1}
    )
    select 'counts' as kind, ${keys}, ${runResults.map((result) => `n_${result}`).join(", ")}, n_restarts, n_recovered,
      0 as place, 0 as last_place, cast(null as double precision) as seconds
    from counted
    union all ${statistics("duration")}
    union all ${statistics("queue")}`;
}

function toGroup(by: readonly Dimension[], kinds: Partial<Record<string, Row[]>>): SummaryGroup {
  const [row] = kinds["counts"] ?? [];
  if (row === undefined) throw new Error("a group has no counts");
  const keys = Object.fromEntries(by.map((dimension) => [dimension, readKey(dimension, row)]));
  return {
    ...keys,
    results: Object.fromEntries(
      resultCounts.map(([result, column]) => [result, column.read(row)]),
    ) as SummaryGroup["results"],
    restarts: restartCount.read(row),
    recovered: recoveredCount.read(row),
    duration: toPercentiles(kinds["duration"]),
    queue: toPercentiles(kinds["queue"]),
  };
}

function readKey(dimension: Dimension, row: Row): string | number | null {
  const key = keyColumns[dimension].read(row);
  return key === "" ? null : key;
}

function toPercentiles(rows: readonly Row[] = []): Percentiles | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const seconds = new Map(rows.map((row) => [statistic.place.read(row), statistic.seconds.read(row)]));
  return pickPercentiles(statistic.lastPlace.read(first), (place) => seconds.get(place) ?? Number.NaN);
}
