import type { Knex } from "knex";
import type { Row } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import { mergeScans, type Placed, type RangeScan } from "./keyset.ts";
import { listPipelines, listSources } from "../db/distinct.ts";
import type { Reading } from "./context.ts";
import { runColumns } from "../db/tables.ts";
import { decodeStoredRun, selectRun } from "./rows.ts";
import { shownState } from "../db/unfinished-runs.ts";
import { scanMax, type Page, type RunFilter, type RunsQuery, type StoredRun } from "./types.ts";
import type { Millis } from "../../time.ts";

/** A project with more pipelines is not read pipeline by pipeline. */
const pipelinesMax = 100;

/** By how much the clocks of two replicas may differ: a younger run may have the smaller id then. */
export const skewMillis = 600_000;

/**
 * Runs, the last created first. They are ordered by id, which no later delivery changes, so that pages stay stable; each
 * scan follows one index and scans a limited number of rows.
 */
export async function listRuns(reading: Reading, query: RunsQuery): Promise<Page<StoredRun>> {
  const { trx } = reading;
  const { filter, limit, after, staleBefore = 0 } = query;
  if (filter.nativeId !== undefined)
    return { items: await findByNativeId(reading, filter, staleBefore), next: undefined };
  const [end = Number.MAX_SAFE_INTEGER] = after ?? [];
  const from = filter.since === undefined ? 0 : await findFirstIdSince(trx, filter.since - skewMillis);
  const until = Math.min(filter.until ?? Infinity, asksForStale(filter) ? staleBefore : Infinity);
  const to = until === Infinity ? end : Math.min(end, await findFirstIdSince(trx, until + skewMillis));
  const scans: RangeScan<StoredRun>[] = [];
  for (const stream of await listStreams(trx, filter)) {
    const range = (least = from) =>
      followStream(trx("runs").where("id", "<", to).where("id", ">=", least), stream).orderBy("id", "desc");
    const narrow = isCovered(filter, stream) ? undefined : createRemainingFilter(filter, stream, staleBefore);
    scans.push(await scanRange(trx, range, narrow, { limit, staleBefore }));
  }
  return mergeScans(scans, limit);
}

/** A stale run was created before its last delivery, so a scan can skip the runs of the days since then. */
function asksForStale({ states }: RunFilter): boolean {
  return states !== undefined && states.every((state) => state === "stale");
}

/** Runs that one index (or the table itself, without a project) holds in the order of their ids. */
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

function followStream(query: Knex.QueryBuilder, { project, pipeline }: Stream): Knex.QueryBuilder {
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
function createRemainingFilter(filter: RunFilter, stream: Stream, staleBefore: Millis): Narrow {
  const { source, provider, ref, refKind, sha, trigger, parent, defaultBranch, states, results, since, until } = filter;
  const { project, pipeline } = stream.project === undefined ? filter : {};
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
    return query;
  };
}

function toPlaceholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

async function scanRange(
  trx: Knex,
  range: (least?: number) => Knex.QueryBuilder,
  narrow: Narrow | undefined,
  { limit, staleBefore }: { readonly limit: number; readonly staleBefore: Millis },
): Promise<RangeScan<StoredRun>> {
  const [scanLimit] = narrow === undefined ? [] : toRows(await range().offset(scanMax).limit(1).select("id"));
  // One lower bound: of two, SQLite stops at the first one, and reads on to it over all rows that the other one leaves out.
  const stoppedAt = scanLimit === undefined ? undefined : runColumns.id.read(scanLimit) + 1;
  const query = range(stoppedAt)
    .limit(limit + 1)
    .select(selectRun(trx, staleBefore));
  const rows = toRows(await (narrow === undefined ? query : narrow(query)));
  return {
    rows: rows.map(toPlaced),
    stoppedAt: stoppedAt === undefined ? undefined : [stoppedAt],
  };
}

function toPlaced(row: Row): Placed<StoredRun> {
  return { position: [runColumns.id.read(row)], item: decodeStoredRun(row) };
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

/** The runs with this native id: at most one a source. Without a source, in all sources. */
async function findByNativeId({ trx }: Reading, filter: RunFilter, staleBefore: Millis): Promise<StoredRun[]> {
  const sources = filter.source === undefined ? await listSources(trx, "runs") : [filter.source];
  const query = trx("runs")
    .whereIn("source", sources)
    .where("native_id", filter.nativeId ?? "")
    .orderBy("id", "desc")
    .select(selectRun(trx, staleBefore));
  return toRows(await createRemainingFilter({ ...filter, source: undefined }, {}, staleBefore)(query)).map(
    decodeStoredRun,
  );
}
