import { listSources } from "../db/distinct.ts";
import type { Row } from "../db/columns.ts";
import { runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Millis } from "../../time.ts";
import type { Reading } from "./context.ts";
import { mergeScans, type Placed, type RangeScan } from "./keyset.ts";
import { decodeStoredRun, selectRun } from "./rows.ts";
import { addRunFilter, openRange, planRuns } from "./run-ranges.ts";
import { listSortedRuns } from "./sorted-runs.ts";
import type { RunFilter, RunPage, RunsQuery, StoredRun } from "./types.ts";

/**
 * Runs, the last created first. They are ordered by id, which no later delivery changes, so that pages stay stable; each
 * scan follows one index and scans a limited number of rows.
 */
export async function listRuns(reading: Reading, query: RunsQuery): Promise<RunPage> {
  const { trx } = reading;
  const { filter, limit, after, staleBefore = 0 } = query;
  if (filter.nativeId !== undefined)
    return { items: await findByNativeId(reading, filter, staleBefore), next: undefined, truncated: false };
  if (query.sort !== undefined) return listSortedRuns(reading, query, query.sort);
  const plan = await planRuns(reading, query, after?.[0]);
  const scans: RangeScan<StoredRun>[] = [];
  for (const pipeline of plan.pipelines) {
    const { query: range, stoppedAt } = await openRange(plan, pipeline);
    const rows = toRows(
      await range()
        .limit(limit + 1)
        .select(selectRun(trx, staleBefore)),
    );
    scans.push({ rows: rows.map(toPlaced), stoppedAt: stoppedAt === undefined ? undefined : [stoppedAt] });
  }
  return { ...mergeScans(scans, limit), truncated: false };
}

function toPlaced(row: Row): Placed<StoredRun> {
  return { position: [runColumns.id.read(row)], item: decodeStoredRun(row) };
}

/** The runs with this native id: at most one a source. Without a source, in all sources. */
async function findByNativeId(reading: Reading, filter: RunFilter, staleBefore: Millis): Promise<StoredRun[]> {
  const { trx } = reading;
  const sources = filter.source === undefined ? await listSources(trx, "runs") : [filter.source];
  const query = trx("runs")
    .whereIn("source", sources)
    .where("native_id", filter.nativeId ?? "")
    .orderBy("id", "desc")
    .select(selectRun(trx, staleBefore));
  return toRows(await addRunFilter(reading, { ...filter, source: undefined }, {}, staleBefore)(query)).map(
    decodeStoredRun,
  );
}
