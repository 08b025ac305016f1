import type { Knex } from "knex";
import { jobRecordColumns } from "../db/job-columns.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { toLowerLetters } from "./job-series.ts";
import type { JobFilter, JobPage, JobPosition, JobsQuery, RunJob } from "./job-types.ts";
import { decodeStoredJob, jobIsCorrected, jobNames } from "./rows.ts";
import { listRuns } from "./runs.ts";
import type { StoredRun } from "./types.ts";

/** Runs whose jobs are read at once. */
const chunkRuns = 200;
/** Runs that one page reads: some tens of milliseconds. */
const runsMax = 2000;

/**
 * Jobs of the runs that `listRuns` lists, in its order. One page reads the jobs of a limited number of runs, so that a filter
 * that few jobs fulfil gives a short page, and the next one goes on.
 */
export async function listJobs(reading: Reading, { limit, after, runs: filter, jobs }: JobsQuery): Promise<JobPage> {
  const items: RunJob[] = [];
  // The jobs of that run that come after the position are still to be listed.
  let position = after === undefined ? undefined : [after.run + 1];
  for (let read = 0; read < runsMax; read += chunkRuns) {
    const { items: runs, next } = await listRuns(reading, { filter, limit: chunkRuns, after: position });
    items.push(...(await readJobs(reading, runs, jobs, { limit: limit + 1 - items.length, after })));
    if (items.length > limit) return { items: items.slice(0, limit), next: toPosition(items[limit - 1]) };
    if (next === undefined) return { items, next: undefined };
    position = [...next];
  }
  const [end = 1] = position ?? [];
  return { items, next: { run: end - 1, job: "" } };
}

function toPosition(last: RunJob | undefined): JobPosition | undefined {
  return last === undefined ? undefined : { run: last.run.id, job: last.job.nativeId };
}

async function readJobs(
  { trx, engine }: Reading,
  runs: readonly StoredRun[],
  filter: JobFilter,
  { limit, after }: { readonly limit: number; readonly after: JobPosition | undefined },
): Promise<RunJob[]> {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const nativeId = inByteOrder(engine, "native_id");
  const query = trx("jobs").whereIn("run_id", [...byId.keys()]);
  if (after !== undefined && byId.has(after.run))
    query.whereRaw(`(run_id < ? or ${nativeId} > ?)`, [after.run, after.job]);
  const found = toRows(
    await addJobFilter(query, engine, filter)
      .orderByRaw(`run_id desc, ${nativeId}`)
      .limit(limit)
      .select("run_id", ...jobNames)
      .select(trx.raw(jobIsCorrected)),
  );
  return found.flatMap((row) => {
    const run = byId.get(jobRecordColumns.runId.read(row));
    return run === undefined ? [] : [{ run, job: decodeStoredJob(row) }];
  });
}

/** Upper and lower case of A to Z alone: the engines differ on all other letters. */
function addJobFilter(
  query: Knex.QueryBuilder,
  engine: Engine,
  { jobName, search, stage, taskType, runner, runnerClass, states, results }: JobFilter,
): Knex.QueryBuilder {
  const columns = { name: jobName, stage, task_type: taskType, runner, runner_class: runnerClass };
  for (const [column, value] of Object.entries(columns)) if (value !== undefined) query.where(column, value);
  for (const [column, values] of Object.entries({ state: states, result: results }))
    if (values !== undefined) query.whereIn(column, values);
  if (search === undefined) return query;
  const find = engine === "postgres" ? "strpos" : "instr";
  return query.whereRaw(`${find}(lower(${inByteOrder(engine, "name")}), ?) > 0`, [toLowerLetters(search)]);
}
