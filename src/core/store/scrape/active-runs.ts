import type { Knex } from "knex";
import { foldedValue } from "../../folding.ts";
import type { ActiveRow, RollupRow } from "../../snapshot.ts";
import { inByteOrder, type BulkSource } from "../db/rowset.ts";
import { pipelineInput } from "../db/tables.ts";
import type { Row } from "../db/rows.ts";
import { transactionOn } from "../db/transaction.ts";

const isActive = "runs.result is null and runs.state is not null and runs.state <> 'finished'";
const groupColumns = ["provider", "project", "pipeline", "state"];

/** Groups that are read without asking whether they have series: more than a scrape of an ordinary ledger has. */
const groupsMax = 1000;

/**
 * Runs that have not finished, counted by pipeline and state. What is read follows the stored series, not the runs: where
 * there are more groups than series account for, only the pipelines that have series are counted, and the rest as one.
 * A pipeline whose name is longer than a label is part of that rest.
 */
export async function readActive(
  knexTrx: Knex.Transaction,
  bulk: BulkSource,
  rollups: readonly RollupRow[],
  spare = groupsMax,
): Promise<ActiveRow[]> {
  const trx = transactionOn(knexTrx, bulk);
  const shown = listPipelines(rollups);
  const most = spare + 3 * shown.length;
  const sorted = (alias: string) =>
    groupColumns.map((column) => inByteOrder(bulk.engine, `${alias}.${column}`)).join(", ");
  // In the order of the index, so that it ends at the limit.
  const few = await trx.query(
    `select * from (
       select ${groupColumns.join(", ")}, count(*) as count from runs where ${isActive}
       group by ${groupColumns.join(", ")} order by ${groupColumns.join(", ")} limit ${most + 1}
     ) as groups order by ${sorted("groups")}`,
  );
  if (few.length <= most) return few.map(activeRow);
  // SQLite would rather make an index of its own, of all of them.
  const index = bulk.engine === "sqlite" ? "indexed by runs_active_index" : "";
  const own = await trx.write(
    pipelineInput,
    shown,
    (from) => `
      select runs.provider, runs.project, runs.pipeline, runs.state, count(*) as count
      from ${from} cross join runs ${index}
      where runs.provider = given.provider and runs.project = given.project and runs.pipeline = given.pipeline and ${isActive}
      group by runs.provider, runs.project, runs.pipeline, runs.state order by ${sorted("runs")}`,
  );
  const all = await trx.query(
    `select provider, state, count(*) as count from runs where ${isActive} group by provider, state order by provider, state`,
  );
  return withRest(own.map(activeRow), all);
}

/** Labels of the pipelines that have series. Rows are sorted, and a pipeline has a dozen of them. */
function listPipelines(rollups: readonly RollupRow[]): string[][] {
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

function withRest(own: readonly ActiveRow[], all: readonly Row[]): ActiveRow[] {
  const rest = all.map((row): ActiveRow => {
    const { provider, state, count } = activeRow({ ...row, project: foldedValue, pipeline: foldedValue });
    const ofOwn = own.filter((one) => one.provider === provider && one.state === state);
    const counted = ofOwn.reduce((sum, one) => sum + one.count, 0);
    return { provider, project: foldedValue, pipeline: foldedValue, state, count: count - counted };
  });
  return [...own, ...rest.filter(({ count }) => count > 0)];
}

function activeRow(row: Row): ActiveRow {
  return {
    provider: row["provider"] as string,
    project: (row["project"] ?? "") as string,
    pipeline: (row["pipeline"] ?? "") as string,
    state: row["state"] as ActiveRow["state"],
    count: Number(row["count"]),
  };
}
