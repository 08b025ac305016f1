import type { Knex } from "knex";
import { bigint, createDecoder } from "../db/columns.ts";
import { runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { comparePositions } from "./keyset.ts";
import { decodeStoredRun, selectRun } from "./rows.ts";
import { openRange, planRuns } from "./run-ranges.ts";
import type { Position, RunPage, RunsQuery } from "./types.ts";

/** What runs are sorted by, the greatest first: milliseconds. Runs without it are left out. */
const places: Readonly<Record<NonNullable<RunsQuery["sort"]>, string>> = {
  finished: "finished_at",
  duration: "cast(duration_seconds * 1000 as bigint)",
  queue: "cast(queue_seconds * 1000 as bigint)",
};

const decodePlace = createDecoder({ place: bigint("place"), id: bigint("id") });

/**
 * Runs by a value that no index holds: the newest `scanMax` of each range are sorted. The ids are read first, so that only the rows that are
 * shown are read whole. All pages sort the same runs: the position contains the id before which the first page began.
 */
export async function listSortedRuns(reading: Reading, query: RunsQuery, sort: keyof typeof places): Promise<RunPage> {
  const { trx } = reading;
  const { limit, after, staleBefore = 0 } = query;
  const [place, id, end = await findEnd(trx)] = after ?? [];
  const plan = await planRuns(reading, query, end);
  const found: Position[] = [];
  let truncated = false;
  for (const pipeline of plan.pipelines) {
    const range = await openRange(plan, pipeline);
    truncated ||= range.stoppedAt !== undefined;
    const value = places[sort];
    const rows = range
      .query()
      .whereRaw(`${value} is not null`)
      .clearOrder()
      .orderByRaw(`${value} desc, id desc`)
      .limit(limit + 1)
      .select("id", trx.raw(`${value} as place`));
    if (place !== undefined && id !== undefined)
      rows.whereRaw(`(${value} < ? or (${value} = ? and id < ?))`, [place, place, id]);
    found.push(
      ...toRows(await rows)
        .map(decodePlace)
        .map((row) => [row.place, row.id]),
    );
  }
  const sorted = found.toSorted(comparePositions);
  const shown = sorted.slice(0, limit);
  const last = sorted.length > limit ? shown.at(-1) : undefined;
  const items = await readInOrder(
    trx,
    shown.map(([, shownId = 0]) => shownId),
    staleBefore,
  );
  return { items, next: last && [...last, plan.to], truncated };
}

/** The id that follows the newest one. */
async function findEnd(trx: Knex): Promise<number> {
  const newest = trx("runs").where("id", "<", Number.MAX_SAFE_INTEGER).orderBy("id", "desc").limit(1).select("id");
  const [row] = toRows(await newest);
  return row === undefined ? 1 : runColumns.id.read(row) + 1;
}

async function readInOrder(trx: Knex, ids: readonly number[], staleBefore: number) {
  const rows = toRows(await trx("runs").whereIn("id", ids).select(selectRun(trx, staleBefore))).map(decodeStoredRun);
  const byId = new Map(rows.map((run) => [run.id, run]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
