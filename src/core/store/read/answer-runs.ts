import type { Knex } from "knex";
import type { AnswerCompletion, AnswerRun, Span } from "../../../answers/answer.ts";
import { AppError } from "../../errors.ts";
import { aheadMax } from "../../sender-clock.ts";
import type { Millis } from "../../time.ts";
import { readArrays } from "../db/connect.ts";
import { createJobReader, type AnswerJobOptions, type ReadJobs } from "./answer-jobs.ts";
import {
  completionNames,
  createRunDecoder,
  decodeCompletion,
  listRunColumns,
  type StoredAnswerRun,
} from "./answer-run-columns.ts";
import type { Reading } from "./context.ts";
import type { AnswerQuery } from "./types.ts";

/** Runs that are read at once: some thousand jobs, so that little is in memory and PostgreSQL's client soon yields. */
const chunkSize = 500;
/** The most runs that one answer reads: about two seconds. */
export const runsMax = 100_000;

export interface AnswerRunsOptions {
  /** How long before the span runs are read too, because they explain what happened in it. */
  readonly lookback?: Millis;
  /** Whether to read the completions of the runs. */
  readonly completions?: boolean;
  /** Whether to read which job waits for which. */
  readonly graphs?: boolean;
  /** What to read of jobs. */
  readonly jobs?: AnswerJobOptions;
  /** The span in which jobs that are not read may have passed, where the answer asks whether some did. */
  readonly passes?: Span;
  /** Whether to read the jobs of a run; default: of every run. */
  readonly needsJobs?: (run: Omit<AnswerRun, "jobs">) => boolean;
}

/** Runs by their last delivery, the second time excluded. */
export interface Range {
  readonly from: Millis;
  readonly to: Millis;
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
  const range = { from: findFirstDelivery(query, options), to: Number.MAX_SAFE_INTEGER };
  let count = 0;
  await scanRuns(reading, query.filter, range, options, ({ run }) => {
    if (++count > runsMax) throw createTooManyError();
    visit(run);
  });
}

/** Since when runs that an answer needs had their last delivery. */
export function findFirstDelivery({ since }: Pick<Span, "since">, { lookback = 0 }: AnswerRunsOptions): Millis {
  return since - aheadMax - lookback;
}

/** Reads the runs of a range of last deliveries, without a limit. */
export function readRunsBetween(
  reading: Reading,
  range: Range,
  options: AnswerRunsOptions,
  visit: (run: AnswerRun, updatedAt: Millis) => void,
): Promise<void> {
  return scanRuns(reading, {}, range, options, ({ run, updatedAt }) => visit(run, updatedAt));
}

async function scanRuns(
  reading: Reading,
  filter: AnswerQuery["filter"],
  range: Range,
  options: AnswerRunsOptions,
  visit: (run: WholeRun) => void,
): Promise<void> {
  const readChunk = createChunkReader(reading, options);
  let position = { at: range.from, id: 0 };
  for (;;) {
    const chunk = await readChunk(selectRange(filter, range, position));
    for (const run of chunk) visit(run);
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < chunkSize) return;
    position = { at: last.updatedAt, id: last.run.id };
  }
}

/** Reads the runs with these ids, without a limit. */
export async function readRunsByIds(
  reading: Reading,
  ids: readonly number[],
  options: AnswerRunsOptions,
  visit: (run: AnswerRun) => void,
): Promise<void> {
  const readChunk = createChunkReader(reading, options);
  for (let from = 0; from < ids.length; from += chunkSize) {
    const some = ids.slice(from, from + chunkSize);
    const chunk = await readChunk({ sql: `where id in (${some.map(() => "?").join(", ")})`, bindings: some });
    for (const { run } of chunk) visit(run);
  }
}

export function createTooManyError(): AppError {
  return new AppError(
    "invalid",
    `more than ${runsMax} runs since then: choose a later since, or name a project, a pipeline or a source`,
  );
}

/** Which rows of `runs`, and in which order. */
interface Selection {
  readonly sql: string;
  readonly bindings: readonly Knex.Value[];
}

/** The next runs along the index over `updated_at`. The conditions are expressions, so that no planner leaves it. */
function selectRange(
  { defaultBranch, source, provider, project, pipeline, ref }: AnswerQuery["filter"],
  { to }: Range,
  { at, id }: { readonly at: Millis; readonly id: number },
): Selection {
  const names = Object.entries({ source, provider, project, pipeline, ref }).flatMap(([column, value]) =>
    value === undefined ? [] : [{ sql: ` and coalesce(${column}, '') = ?`, value }],
  );
  const branch = defaultBranch === undefined ? [] : [{ sql: " and default_branch = ?", value: defaultBranch }];
  const conditions = [...names, ...branch];
  return {
    sql: `where updated_at >= ? and updated_at < ? and (updated_at > ? or id > ?)${conditions.map(({ sql }) => sql).join("")}
      order by updated_at, id limit ${chunkSize}`,
    bindings: [at, to, at, id, ...conditions.map(({ value }) => value)],
  };
}

interface WholeRun extends StoredAnswerRun {
  readonly run: AnswerRun;
}

type ReadChunk = (selection: Selection) => Promise<readonly WholeRun[]>;

const noJobs: AnswerRun["jobs"] = [];
const noCompletions: AnswerRun["completions"] = [];

/** Reads runs with their completions and jobs. */
function createChunkReader(reading: Reading, options: AnswerRunsOptions): ReadChunk {
  const { completions: wantsCompletions = false, graphs = false, needsJobs = () => true } = options;
  const readJobs: ReadJobs = createJobReader(reading, options.jobs ?? {});
  const decode = createRunDecoder();
  const select = `select ${listRunColumns(graphs).join(", ")} from runs`;
  return async ({ sql, bindings }) => {
    const scanned = (await readArrays(reading.trx, `${select} ${sql}`, bindings)).map(decode);
    const completions = wantsCompletions ? await readCompletions(reading, scanned) : undefined;
    const stored = scanned.map(({ updatedAt, run }) => {
      return { updatedAt, run: { ...run, completions: completions?.get(run.id) ?? noCompletions } };
    });
    const ids = stored.flatMap(({ run }) => (needsJobs(run) ? [run.id] : []));
    // The runs are in the order of their last deliveries, or few.
    const jobs = await readJobs(ids, scanned[0]?.updatedAt ?? 0);
    const passed = options.passes === undefined ? undefined : await readPassed(reading, ids, options.passes);
    return stored.map(({ updatedAt, run }) => {
      const othersPassed = passed?.has(run.id) ?? false;
      return { updatedAt, run: { ...run, jobs: jobs.get(run.id) ?? noJobs, othersPassed } };
    });
  };
}

/** Without ids no statement runs: an empty list makes SQLite read the whole table. */
async function readCompletions(
  { trx }: Reading,
  scanned: readonly StoredAnswerRun[],
): Promise<Map<number, AnswerCompletion[]>> {
  const groups = new Map<number, AnswerCompletion[]>();
  if (scanned.length === 0) return groups;
  const rows = await readArrays(
    trx,
    `select ${completionNames.join(", ")} from run_completions where run_id in (${scanned.map(() => "?").join(", ")})
     order by run_id, attempt_order, coalesce(finished_at, 0)`,
    scanned.map(({ run }) => run.id),
  );
  for (const cells of rows) {
    const id = Number(cells[0]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [decodeCompletion(cells)]);
    else group.push(decodeCompletion(cells));
  }
  return groups;
}

/** Those of the runs that have a job that passed in the span, and was not carried over from an earlier attempt. */
async function readPassed({ trx }: Reading, ids: readonly number[], { since, until }: Span): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const rows = await readArrays(
    trx,
    `select distinct run_id from jobs where run_id in (${ids.map(() => "?").join(", ")}) and result = 'success'
     and finished_at >= ? and finished_at < ? and (queued_at is null or finished_at >= queued_at)`,
    [...ids, since, until],
  );
  return new Set(rows.map(([id]) => Number(id)));
}
