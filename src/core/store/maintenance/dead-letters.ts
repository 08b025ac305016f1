import type { Knex } from "knex";
import { boolean, createDecoder, pickColumns } from "../db/columns.ts";
import { deliveryColumns } from "../db/tables.ts";
import type { Connection } from "../db/connect.ts";
import { freePages } from "../db/free-pages.ts";
import { toRows } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";

/** Dead letters in one statement: few, so that it holds locks only for a moment. */
const pageSize = 500;

/**
 * Deletes the bodies of the oldest dead letters of a source until the remaining bodies have at most `bytesMax` bytes. The
 * rows with their reasons stay. Returns how many bodies were deleted. Safe to run on several replicas at once.
 */
export async function trimDeadLetters(connection: Connection, source: string, bytesMax: number): Promise<number> {
  const { knex } = connection;
  let [bytes, trimmed] = [0, 0];
  for (let after: Position | undefined; ; ) {
    const rows = await readPage(knex, source, after);
    const last = rows.at(-1);
    const excess: number[] = [];
    for (const row of rows) {
      if (!row.kept) continue;
      bytes += row.bytes;
      if (bytes > bytesMax) excess.push(row.id);
    }
    if (excess.length > 0)
      trimmed += await retryWhileBusy(() =>
        knex("deliveries").whereIn("id", excess).update({ headers: null, body: null }),
      );
    // The oldest lose their bodies first: after a page without bodies, older pages have none either.
    if (last === undefined || (bytes > bytesMax && excess.length === 0)) break;
    after = last;
    await new Promise(setImmediate);
  }
  if (trimmed > 0) await freePages(connection);
  return trimmed;
}

const decode = createDecoder({ ...pickColumns(deliveryColumns, "id", "receivedAt", "bytes"), kept: boolean("kept") });

interface Position {
  readonly id: number;
  readonly receivedAt: number;
}

/** Newest first, along the index that holds dead letters alone. */
async function readPage(knex: Knex, source: string, after: Position | undefined) {
  const query = knex("deliveries")
    .where("source", source)
    .whereRaw("outcome = 'dead_letter'")
    .orderBy("received_at", "desc")
    .orderBy("id", "desc")
    .limit(pageSize)
    .select("id", "received_at", "bytes", knex.raw("body is not null as kept"));
  if (after !== undefined) {
    query.where("received_at", "<=", after.receivedAt);
    query.where((either) => void either.where("received_at", "<", after.receivedAt).orWhere("id", "<", after.id));
  }
  return toRows(await query).map(decode);
}
