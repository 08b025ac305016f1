import type { Knex } from "knex";
import { nullable, text } from "../db/columns.ts";
import { listPipelines } from "../db/distinct.ts";
import { toRows } from "../db/transaction.ts";
import { toLowerLetters } from "./job-series.ts";
import type { RunFilter } from "./types.ts";

/** Runs that one index (or the table itself, without a project) holds in the order of their ids. */
export interface PipelineRange {
  readonly project?: string;
  readonly pipeline?: string | null;
}

/** With more of them, runs are not read pipeline by pipeline. */
const rangesMax = 100;

/** The ranges that together hold every run of the filter; that of all runs if there are too many. */
export async function listPipelineRanges(
  trx: Knex,
  { project, pipeline, search }: RunFilter,
): Promise<PipelineRange[]> {
  if (project === undefined && search !== undefined) return searchPipelines(trx, search);
  if (project === undefined) return [{}];
  if (pipeline !== undefined) return [{ project, pipeline }];
  const names = await listPipelines(trx, project, rangesMax + 1);
  if (names.length > rangesMax) return [{}];
  return [{ project, pipeline: null }, ...names.map((name) => ({ project, pipeline: name }))];
}

/** Pipelines among which a part of a name is looked for. With more, runs themselves are. */
const pipelinesMax = 20_000;

/**
 * Each pair of project and pipeline, with some look-ups of the index for each. A row with a project and no pipeline only leads to the
 * pipelines of this project; `runs` without a pipeline are found by their project.
 */
const allPipelines = `
  with recursive pair(project, pipeline) as (
    select min(project), cast(null as text) from runs
    union all
    select
      case when (select min(t.pipeline) from runs t where t.project = p.project and t.pipeline > coalesce(p.pipeline, '')) is null
        then (select min(t.project) from runs t where t.project > p.project) else p.project end,
      (select min(t.pipeline) from runs t where t.project = p.project and t.pipeline > coalesce(p.pipeline, ''))
    from pair p where p.project is not null
  )
  select project, pipeline from pair where project is not null limit ${pipelinesMax + 1}`;

const [projectColumn, pipelineColumn] = [text("project"), nullable(text("pipeline"))];

async function searchPipelines(trx: Knex, search: string): Promise<PipelineRange[]> {
  const part = toLowerLetters(search);
  const fits = (name: string | null) => name !== null && toLowerLetters(name).includes(part);
  const pairs = toRows(await trx.raw(allPipelines));
  if (pairs.length > pipelinesMax) return [{}];
  const found = pairs
    .map((row): PipelineRange => ({ project: projectColumn.read(row), pipeline: pipelineColumn.read(row) }))
    .filter(({ project = "", pipeline = null }) => fits(project) || fits(pipeline));
  return found.length > rangesMax ? [{}] : found;
}
