import type { Knex } from "knex";
import { foldedValue } from "../../fold-series.ts";
import type { ActiveRow, RollupRow } from "../../snapshot.ts";
import { inByteOrder, type BulkSource } from "../db/rowset.ts";
import { pipelineRowset } from "../db/rowsets.ts";
import { isUnfinished } from "../db/unfinished-runs.ts";
import { bigint, createDecoder, pickColumns, text, type Decoded } from "../db/columns.ts";
import { runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Millis } from "../../time.ts";

const groupColumns = ["provider", "project", "pipeline", "state"];
/** `?`: a run whose last delivery came before this moment is stale. */
const counts = "count(*) as count, sum(case when runs.updated_at < ? then 1 else 0 end) as stale";

const countColumns = {
  provider: runColumns.provider,
  state: text<ActiveRow["state"]>("state"),
  count: bigint("count"),
  stale: bigint("stale"),
};
const pipelineColumns = pickColumns(runColumns, "project", "pipeline");

/** Runs of one state; without a project: of all projects. */
type CountedGroup = Decoded<typeof countColumns> & Partial<Decoded<typeof pipelineColumns>>;

const decodeCounted = createDecoder(countColumns);
const decodeCountedPipeline = createDecoder({ ...countColumns, ...pipelineColumns });

/** Groups that are read whether they have series or not: more than an ordinary ledger has. */
const groupsMax = 1000;

/** What is counted. Plain data: it may cross to another thread. */
export interface ActiveQuery {
  /** Provider, project and pipeline of the pipelines that have series. */
  readonly pipelines: readonly (readonly string[])[];
  /** An unfinished run whose last delivery came before this moment is stale. */
  readonly staleBefore: Millis;
  /** Groups that are read besides those of `pipelines`. */
  readonly spare?: number;
}

/**
 * Counts the runs that have not finished, by pipeline and shown state; a pipeline may have several rows of stale ones. The
 * number of rows is limited by the stored series, not by the runs: with more groups than that, only the pipelines that have
 * series are counted each, and the rest as one. A pipeline whose name is longer than a label belongs to that rest.
 */
export async function readActive(
  trx: Knex,
  bulk: BulkSource,
  { pipelines, staleBefore, spare = groupsMax }: ActiveQuery,
): Promise<ActiveRow[]> {
  const count = async (sql: string, bindings: readonly Knex.Value[] = []) =>
    toRows(await trx.raw(sql, [staleBefore, ...bindings]));
  const most = spare + 3 * pipelines.length;
  const sorted = (alias: string) =>
    groupColumns.map((column) => inByteOrder(bulk.engine, `${alias}.${column}`)).join(", ");
  // By the stored state, in the order of the index, so that it ends at the limit.
  const few = await count(
    `select * from (
       select ${groupColumns.join(", ")}, ${counts} from runs where ${isUnfinished}
       group by ${groupColumns.join(", ")} order by ${groupColumns.join(", ")} limit ${most + 1}
     ) as groups order by ${sorted("groups")}`,
  );
  if (few.length <= most) return few.map(decodeCountedPipeline).flatMap(splitStale);
  // SQLite's planner would build a temporary index over all runs instead.
  const index = bulk.engine === "sqlite" ? "indexed by runs_active_index" : "";
  const bulkRows = bulk.rows(pipelineRowset, pipelines);
  const own = await count(
    `select runs.provider, runs.project, runs.pipeline, runs.state, ${counts}
     from ${bulkRows.from} cross join runs ${index}
     where runs.provider = given.provider and runs.project = given.project and runs.pipeline = given.pipeline and ${isUnfinished}
     group by runs.provider, runs.project, runs.pipeline, runs.state order by ${sorted("runs")}`,
    bulkRows.bindings,
  );
  // By id SQLite reads the rows in the order of the file; in the order of the index it takes three times as long.
  const each = bulk.engine === "sqlite" ? `id in (select id from runs ${index} where ${isUnfinished})` : isUnfinished;
  const all = await count(
    `select provider, state, ${counts} from runs where ${each} group by provider, state order by provider, state`,
  );
  return addRest(own.map(decodeCountedPipeline).flatMap(splitStale), all.map(decodeCounted).flatMap(splitStale));
}

/** The most runs that are counted on the event loop. To look up one takes some microseconds. */
const crowdMax = 2000;

/** SQLite: whether there are too many unfinished runs to count them on the event loop. */
export async function isCrowded(trx: Knex): Promise<boolean> {
  const some = `select 1 from runs indexed by runs_active_index where result is null and state is not null limit ${crowdMax + 1}`;
  const [row] = toRows(await trx.raw(`select count(*) as count from (${some}) as some`));
  return row !== undefined && countColumns.count.read(row) > crowdMax;
}

/** Labels of the pipelines that have series. Rows are sorted, and a pipeline has a dozen of them. */
export function listPipelines(rollups: readonly RollupRow[]): string[][] {
  const pipelines: string[][] = [];
  for (const { metric, labels } of rollups) {
    if (metric !== "runs") continue;
    const [provider = "", project = "", pipeline = ""] = labels;
    const last = pipelines.at(-1);
    if (last?.[0] === provider && last[1] === project && last[2] === pipeline) continue;
    pipelines.push([provider, project, pipeline]);
  }
  return pipelines;
}

function addRest(own: readonly ActiveRow[], all: readonly ActiveRow[]): ActiveRow[] {
  const rest = new Map<string, ActiveRow>();
  for (const { provider, state, count } of [...all, ...own.map((one) => ({ ...one, count: -one.count }))]) {
    const key = JSON.stringify([provider, state]);
    const sum = (rest.get(key)?.count ?? 0) + count;
    rest.set(key, { provider, project: foldedValue, pipeline: foldedValue, state, count: sum });
  }
  return [...own, ...[...rest.values()].filter(({ count }) => count > 0)];
}

/** Splits a group into the runs that are shown in their state, and those that are shown as stale. */
function splitStale({ stale, ...row }: CountedGroup): ActiveRow[] {
  const group = { ...row, project: row.project ?? "", pipeline: row.pipeline ?? "" };
  const rows: ActiveRow[] = [
    { ...group, count: row.count - stale },
    { ...group, state: "stale", count: stale },
  ];
  return rows.filter((one) => one.count > 0);
}
