import type { Knex } from "knex";
import { runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import { inByteOrder } from "../db/rowset.ts";
import { shownState } from "../db/unfinished-runs.ts";
import type { Millis } from "../../time.ts";
import type { Reading } from "./context.ts";
import { toLowerLetters } from "./job-series.ts";
import { listPipelineRanges, type PipelineRange } from "./pipeline-ranges.ts";
import { scanMax, type RunFilter, type RunsQuery } from "./types.ts";

/** By how much the clocks of two replicas may differ: a younger run may have the smaller id then. */
export const skewMillis = 600_000;

/** Which ranges of which indexes hold the runs of a query. */
export interface RunRanges {
  readonly reading: Reading;
  readonly filter: RunFilter;
  readonly staleBefore: Millis;
  /** The ids from and before which they are. */
  readonly from: number;
  readonly to: number;
  readonly pipelines: readonly PipelineRange[];
  /** All runs of a range are read, and not only until a page is full. */
  readonly isSorted: boolean;
}

/** `end`: the id before which the page begins. */
export async function planRuns(
  reading: Reading,
  { filter, sort, staleBefore = 0 }: RunsQuery,
  end = Number.MAX_SAFE_INTEGER,
): Promise<RunRanges> {
  const { trx } = reading;
  const from = filter.since === undefined ? 0 : await findFirstIdSince(trx, filter.since - skewMillis);
  const until = Math.min(filter.until ?? Infinity, asksForStale(filter) ? staleBefore : Infinity);
  const to = until === Infinity ? end : Math.min(end, await findFirstIdSince(trx, until + skewMillis));
  const pipelines = await listPipelineRanges(trx, filter);
  return { reading, filter, staleBefore, from, to, pipelines, isSorted: sort !== undefined };
}

/** A stale run was created before its last delivery, so a scan can skip the runs of the days since then. */
function asksForStale({ states }: RunFilter): boolean {
  return states !== undefined && states.every((state) => state === "stale");
}

interface RunRange {
  /** The matching runs of the range, the last created first. */
  readonly query: () => Knex.QueryBuilder;
  /** The least id that is read, where the range has more rows than one query reads. */
  readonly stoppedAt: number | undefined;
}

/** The runs of one pipeline, limited to `scanMax` rows where rows have to be read that may not match. */
export async function openRange(plan: RunRanges, pipeline: PipelineRange): Promise<RunRange> {
  const { reading, filter, staleBefore, from, to, isSorted } = plan;
  const { trx } = reading;
  const range = (least: number) =>
    narrowToPipeline(trx("runs").where("id", "<", to).where("id", ">=", least), pipeline).orderBy("id", "desc");
  const narrow = isCovered(filter, pipeline) ? undefined : addRunFilter(reading, filter, pipeline, staleBefore);
  const isLimited = narrow !== undefined || isSorted;
  const [scanLimit] = isLimited ? toRows(await range(from).offset(scanMax).limit(1).select("id")) : [];
  // One lower bound: of two, SQLite stops at the first one, and reads on to it over all rows that the other one leaves out.
  const stoppedAt = scanLimit === undefined ? undefined : runColumns.id.read(scanLimit) + 1;
  const least = stoppedAt ?? from;
  return { query: () => (narrow === undefined ? range(least) : narrow(range(least))), stoppedAt };
}

function narrowToPipeline(query: Knex.QueryBuilder, { project, pipeline }: PipelineRange): Knex.QueryBuilder {
  if (project !== undefined) query.where("project", project);
  if (pipeline === null) query.whereNull("pipeline");
  else if (pipeline !== undefined) query.where("pipeline", pipeline);
  return query;
}

function isCovered({ project, pipeline, ...others }: RunFilter, range: PipelineRange): boolean {
  const rest = Object.values(others).every((value) => value === undefined);
  return rest && (range.project !== undefined || (project === undefined && pipeline === undefined));
}

/** The conditions that the range does not cover. As expressions, so that no planner leaves its index for another one. */
export function addRunFilter(
  { engine }: Reading,
  filter: RunFilter,
  range: PipelineRange,
  staleBefore: Millis,
): (query: Knex.QueryBuilder) => Knex.QueryBuilder {
  const { source, provider, ref, refKind, sha, trigger, parent, defaultBranch, states, results, search, since, until } =
    filter;
  const { project, pipeline } = range.project === undefined ? filter : {};
  return (query) => {
    for (const [column, value] of Object.entries({
      source,
      provider,
      project,
      pipeline,
      ref,
      ref_kind: refKind,
      sha,
      trigger,
      parent,
    })) {
      if (value !== undefined) query.whereRaw(`coalesce(${column}, '') = ?`, [value]);
    }
    if (defaultBranch !== undefined) query.where("default_branch", defaultBranch);
    if (states !== undefined)
      query.whereRaw(`coalesce(${shownState}, '') in (${toPlaceholders(states)})`, [staleBefore, ...states]);
    if (results !== undefined) query.whereRaw(`coalesce(result, '') in (${toPlaceholders(results)})`, [...results]);
    if (since !== undefined) query.where("first_seen_at", ">=", since);
    if (until !== undefined) query.where("first_seen_at", "<", until);
    if (search !== undefined) {
      const find = engine === "postgres" ? "strpos" : "instr";
      const has = (column: string) => `${find}(lower(${inByteOrder(engine, `coalesce(${column}, '')`)}), ?) > 0`;
      const part = toLowerLetters(search);
      query.whereRaw(`(${has("project")} or ${has("pipeline")})`, [part, part]);
    }
    return query;
  };
}

function toPlaceholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

/**
 * The least id of the runs that were created at or after `at`. Ids grow with time, so a binary search with some twenty
 * look-ups of the primary key finds it, and no index over times is needed.
 */
export async function findFirstIdSince(trx: Knex, at: Millis): Promise<number> {
  const last = trx("runs").where("id", "<", Number.MAX_SAFE_INTEGER).orderBy("id", "desc").limit(1).select("id");
  const [newest] = toRows(await last);
  let low = 0;
  let high = newest === undefined ? 1 : runColumns.id.read(newest) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const query = trx("runs").where("id", ">=", middle).orderBy("id").limit(1).select("id", "first_seen_at");
    const [row] = toRows(await query);
    if (row === undefined || runColumns.firstSeenAt.read(row) >= at) high = middle;
    else low = runColumns.id.read(row) + 1;
  }
  return low;
}
