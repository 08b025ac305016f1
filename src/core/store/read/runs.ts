import type { Knex } from "knex";
import type { Row } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import { merged, type Placed, type Walk } from "./keyset.ts";
import { listPipelines, listSources } from "../db/distinct.ts";
import type { Reading } from "./context.ts";
import { runColumns } from "../db/tables.ts";
import { decodeStoredRun, selectRun } from "./rows.ts";
import { shownState } from "../db/unfinished-runs.ts";
import { scanMax, type Page, type RunFilter, type RunsQuery, type StoredRun } from "./types.ts";
import type { Millis } from "../../time.ts";

/** A project with more pipelines is not walked pipeline by pipeline. */
const pipelinesMax = 100;

/** How far the clocks of two replicas may be apart, so that a younger run has the smaller id. */
const skewMillis = 600_000;

/**
 * Runs, the one that was heard of last first. Ordered by id, which no later delivery changes, so a page never moves
 * under a reader; each walk follows one index and looks at a bounded number of rows.
 */
export async function listRuns(reading: Reading, query: RunsQuery): Promise<Page<StoredRun>> {
  const { trx } = reading;
  const { filter, limit, after, staleBefore = 0 } = query;
  if (filter.nativeId !== undefined) return { items: await runsNamed(reading, filter, staleBefore), next: undefined };
  const [end = Number.MAX_SAFE_INTEGER] = after ?? [];
  const from = filter.since === undefined ? 0 : await firstIdSince(trx, filter.since - skewMillis);
  const until = Math.min(filter.until ?? Infinity, asksForStale(filter) ? staleBefore : Infinity);
  const to = until === Infinity ? end : Math.min(end, await firstIdSince(trx, until + skewMillis));
  const walks: Walk<StoredRun>[] = [];
  for (const stream of await listStreams(trx, filter)) {
    const range = () => along(trx("runs").where("id", "<", to).where("id", ">=", from), stream).orderBy("id", "desc");
    const narrow = isCovered(filter, stream) ? undefined : remainingFilter(filter, stream, staleBefore);
    walks.push(await walk(trx, range, narrow, { limit, staleBefore }));
  }
  return merged(walks, limit);
}

/** What is stale was first heard of before its last delivery: a walk need not begin with the runs of the days since. */
function asksForStale({ states }: RunFilter): boolean {
  return states !== undefined && states.every((state) => state === "stale");
}

/** Runs of one pipeline lie together in an index, in the order of their ids; all runs do so in the table. */
interface Stream {
  readonly project?: string;
  readonly pipeline?: string | null;
}

type Narrow = (query: Knex.QueryBuilder) => Knex.QueryBuilder;

async function listStreams(trx: Knex, { project, pipeline }: RunFilter): Promise<Stream[]> {
  if (project === undefined) return [{}];
  if (pipeline !== undefined) return [{ project, pipeline }];
  const names = await listPipelines(trx, project, pipelinesMax + 1);
  if (names.length > pipelinesMax) return [{}];
  return [{ project, pipeline: null }, ...names.map((name) => ({ project, pipeline: name }))];
}

function along(query: Knex.QueryBuilder, { project, pipeline }: Stream): Knex.QueryBuilder {
  if (project !== undefined) query.where("project", project);
  if (pipeline === null) query.whereNull("pipeline");
  else if (pipeline !== undefined) query.where("pipeline", pipeline);
  return query;
}

function isCovered({ project, pipeline, ...others }: RunFilter, stream: Stream): boolean {
  const rest = Object.values(others).every((value) => value === undefined);
  return rest && (stream.project !== undefined || (project === undefined && pipeline === undefined));
}

/** The conditions that the stream does not cover. As expressions, so that no planner leaves the stream for another index. */
function remainingFilter(filter: RunFilter, stream: Stream, staleBefore: Millis): Narrow {
  const { source, provider, ref, parent, defaultBranch, states, results, since, until } = filter;
  const { project, pipeline } = stream.project === undefined ? filter : {};
  return (query) => {
    for (const [column, value] of Object.entries({ source, provider, project, pipeline, ref, parent })) {
      if (value !== undefined) query.whereRaw(`coalesce(${column}, '') = ?`, [value]);
    }
    if (defaultBranch !== undefined) query.where("default_branch", defaultBranch);
    if (states !== undefined)
      query.whereRaw(`coalesce(${shownState}, '') in (${marks(states)})`, [staleBefore, ...states]);
    if (results !== undefined) query.whereRaw(`coalesce(result, '') in (${marks(results)})`, [...results]);
    if (since !== undefined) query.where("first_seen_at", ">=", since);
    if (until !== undefined) query.where("first_seen_at", "<", until);
    return query;
  };
}

function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

async function walk(
  trx: Knex,
  range: () => Knex.QueryBuilder,
  narrow: Narrow | undefined,
  { limit, staleBefore }: { readonly limit: number; readonly staleBefore: Millis },
): Promise<Walk<StoredRun>> {
  const [scanLimit] = narrow === undefined ? [] : toRows(await range().offset(scanMax).limit(1).select("id"));
  const query = range()
    .limit(limit + 1)
    .select(selectRun(trx, staleBefore));
  if (scanLimit !== undefined) query.where("id", ">", runColumns.id.read(scanLimit));
  const rows = toRows(await (narrow === undefined ? query : narrow(query)));
  return {
    rows: rows.map(placed),
    stoppedAt: scanLimit === undefined ? undefined : [runColumns.id.read(scanLimit) + 1],
  };
}

function placed(row: Row): Placed<StoredRun> {
  return { position: [runColumns.id.read(row)], item: decodeStoredRun(row) };
}

/**
 * The least id of the runs first heard of at or after `at`. Ids are given out as time goes by, so some twenty looks at
 * the primary key find it, and no index over times is needed.
 */
async function firstIdSince(trx: Knex, at: Millis): Promise<number> {
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

/** The runs that the sources call by this id: at most one a source. Without a source every source is asked. */
async function runsNamed({ trx }: Reading, filter: RunFilter, staleBefore: Millis): Promise<StoredRun[]> {
  const sources = filter.source === undefined ? await listSources(trx, "runs") : [filter.source];
  const query = trx("runs")
    .whereIn("source", sources)
    .where("native_id", filter.nativeId ?? "")
    .orderBy("id", "desc")
    .select(selectRun(trx, staleBefore));
  return toRows(await remainingFilter({ ...filter, source: undefined }, {}, staleBefore)(query)).map(decodeStoredRun);
}
