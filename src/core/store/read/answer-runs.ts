import type { Knex } from "knex";
import type { AnswerCompletion, AnswerRun } from "../../../answers/answer.ts";
import { AppError } from "../../errors.ts";
import { aheadMax } from "../../sender-clock.ts";
import type { Millis } from "../../time.ts";
import { bigint, createDecoder, listNames, pickColumns, type Columns, type Row } from "../db/columns.ts";
import { createJobReader, type JobField, type ReadJobs } from "./answer-jobs.ts";
import { completionColumns, runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import type { AnswerQuery } from "./types.ts";

/** Runs that are read at once: some thousand jobs, so that little is in memory and PostgreSQL's client soon yields. */
const chunkSize = 500;
/** The most runs that one answer reads: about two seconds. */
const runsMax = 100_000;

/** `updatedAt` is the position in the scan. */
const columnsOfRun = pickColumns(
  runColumns,
  "id",
  "nativeId",
  "source",
  "provider",
  "project",
  "pipeline",
  "ref",
  "refKind",
  "defaultBranch",
  "sha",
  "change",
  "result",
  "nativeStatus",
  "attempt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
  "firstSeenAt",
);
const columnsOfCompletion = pickColumns(completionColumns, "result", "finishedAt");
const graph = runColumns.graph;
const decodeRun = createDecoder(columnsOfRun);
const decodeCompletion: (row: Row) => AnswerCompletion = createDecoder(columnsOfCompletion);
const runId = bigint("run_id");
const updatedAt = bigint("updated_at");

export interface AnswerRunsOptions {
  /** How long before the span runs are read too, because they explain what happened in it. */
  readonly lookback?: Millis;
  /** Whether to read the completions of the runs. */
  readonly completions?: boolean;
  /** Whether to read which job waits for which. */
  readonly graphs?: boolean;
  /** The fields of jobs that the answer uses; the others are `null`. Default: all, which takes three times as long as seven. */
  readonly jobFields?: readonly JobField[];
  /** Whether to read the jobs of a run; default: of every run. */
  readonly needsJobs?: (run: Omit<AnswerRun, "jobs">) => boolean;
}

/**
 * Reads the runs that may have finished in a span, or jobs of which may have, and calls `visit` with each. They are found by
 * the time of their last delivery, which is at most `aheadMax` before any end that it states. The order is that of the last
 * deliveries. Throws `invalid` where there are more runs than one answer may read.
 */
export async function readAnswerRuns(
  reading: Reading,
  query: AnswerQuery,
  options: AnswerRunsOptions,
  visit: (run: AnswerRun) => void,
): Promise<void> {
  const { lookback = 0, jobFields } = options;
  const readJobs = createJobReader(reading, jobFields);
  let position = { at: query.since - aheadMax - lookback, id: 0 };
  for (let count = 0; ; ) {
    const rows = toRows(await selectChunk(reading.trx, query, options, position));
    const last = rows.at(-1);
    if (last === undefined) return;
    count += rows.length;
    if (count > runsMax) throw createTooManyError();
    for (const run of await readChunk(reading, rows, options, readJobs)) visit(run);
    if (rows.length < chunkSize) return;
    position = { at: updatedAt.read(last), id: columnsOfRun.id.read(last) };
  }
}

function createTooManyError(): AppError {
  return new AppError(
    "invalid",
    `more than ${runsMax} runs since then: choose a later since, or name a project, a pipeline or a source`,
  );
}

/** The next runs along the index over `updated_at`. The conditions are expressions, so that no planner leaves it. */
function selectChunk(
  trx: Knex,
  { filter }: AnswerQuery,
  { graphs = false }: AnswerRunsOptions,
  { at, id }: { readonly at: Millis; readonly id: number },
): Knex.QueryBuilder {
  const { source, provider, project, pipeline, ref, defaultBranch } = filter;
  const query = trx("runs")
    .where("updated_at", ">=", at)
    .where((either) => void either.where("updated_at", ">", at).orWhere("id", ">", id))
    .orderBy("updated_at")
    .orderBy("id")
    .limit(chunkSize)
    .select(listNames(columnsOfRun))
    .select("updated_at", ...(graphs ? [graph.name] : []));
  for (const [column, value] of Object.entries({ source, provider, project, pipeline, ref })) {
    if (value !== undefined) query.whereRaw(`coalesce(${column}, '') = ?`, [value]);
  }
  if (defaultBranch !== undefined) query.where("default_branch", defaultBranch);
  return query;
}

async function readChunk(
  { trx }: Reading,
  rows: readonly Row[],
  options: AnswerRunsOptions,
  readJobs: ReadJobs,
): Promise<AnswerRun[]> {
  const { completions: wantsCompletions = false, graphs: wantsGraphs = false, needsJobs = () => true } = options;
  const decoded = rows.map((row) => ({ ...decodeRun(row), graph: wantsGraphs ? graph.read(row) : null }));
  const completions = await readOfRuns(
    wantsCompletions ? decoded.map(({ id }) => id) : [],
    (ids) =>
      trx("run_completions").whereIn("run_id", ids).orderByRaw("run_id, attempt_order, coalesce(finished_at, 0)"),
    columnsOfCompletion,
    decodeCompletion,
  );
  const runs = decoded.map((run) => ({ ...run, completions: completions.get(run.id) ?? [] }));
  const jobs = await readJobs(runs.filter(needsJobs).map(({ id }) => id));
  return runs.map((run) => ({ ...run, jobs: jobs.get(run.id) ?? [] }));
}

/** Rows of another table by their run. Without ids no statement runs: an empty list makes SQLite read the whole table. */
async function readOfRuns<T>(
  ids: readonly number[],
  select: (ids: readonly number[]) => Knex.QueryBuilder,
  columns: Columns,
  decode: (row: Row) => T,
): Promise<Map<number, T[]>> {
  const groups = new Map<number, T[]>();
  if (ids.length === 0) return groups;
  for (const row of toRows(await select(ids).select(["run_id", ...listNames(columns)]))) {
    const id = runId.read(row);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [decode(row)]);
    else group.push(decode(row));
  }
  return groups;
}
