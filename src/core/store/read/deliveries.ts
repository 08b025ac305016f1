import type { Knex } from "knex";
import { toRows } from "../db/transaction.ts";
import { listSources } from "../db/distinct.ts";
import { createDecoder, listNames, pickColumns } from "../db/columns.ts";
import { deliveryColumns } from "../db/tables.ts";
import { mergeScans, type RangeScan } from "./keyset.ts";
import type { Reading } from "./context.ts";
import { decodeDelivery, decodeDeliveryDetail, deliveryDetailNames, deliveryNames } from "./rows.ts";
import { scanMax, type DeliveriesQuery, type DeliveryRow, type Page, type StoredDeliveryDetail } from "./types.ts";

/** The body is stored unchanged: src/ingest/kept-content.ts notes in the headers when it was changed. */
const isKept = `body is not null and coalesce(headers, '') not like '%":changed":%' as kept`;

const placeColumns = pickColumns(deliveryColumns, "id", "receivedAt");
const placeNames = listNames(placeColumns);
const decodePlace = createDecoder(placeColumns);

/** Deliveries, newest first. Each source is read along its own index, so that a busy source does not hide a quiet one. */
export async function listDeliveries({ trx }: Reading, query: DeliveriesQuery): Promise<Page<DeliveryRow>> {
  const sources = query.source === undefined ? await listSources(trx, "deliveries") : [query.source];
  const scans: RangeScan<DeliveryRow>[] = [];
  for (const source of sources) scans.push(await scanRange(trx, source, query));
  return mergeScans(scans, query.limit);
}

async function scanRange(
  trx: Knex,
  source: string,
  { outcome, run, since, until, limit, after }: DeliveriesQuery,
): Promise<RangeScan<DeliveryRow>> {
  const range = () => {
    const query = trx("deliveries").where("source", source).orderBy("received_at", "desc").orderBy("id", "desc");
    if (after !== undefined) before(query, after);
    if (since !== undefined) query.where("received_at", ">=", since);
    if (until !== undefined) query.where("received_at", "<", until);
    // As a literal: SQLite uses the partial index of dead letters only when the condition is in the statement's text.
    return outcome === "dead_letter" ? query.whereRaw("outcome = 'dead_letter'") : query;
  };
  const isFiltered = run !== undefined || (outcome !== undefined && outcome !== "dead_letter");
  const [scanLimit] = isFiltered
    ? toRows(await range().offset(scanMax).limit(1).select(placeNames)).map(decodePlace)
    : [];
  const query = range()
    .limit(limit + 1)
    .select(deliveryNames)
    .select(trx.raw(isKept));
  if (outcome !== undefined && outcome !== "dead_letter") query.where("outcome", outcome);
  if (run !== undefined) query.where("run", run);
  if (scanLimit !== undefined) query.where("received_at", ">=", scanLimit.receivedAt);
  const rows = toRows(await query).map(decodeDelivery);
  return {
    rows: rows.map((item) => ({ position: [item.receivedAt, item.id], item })),
    stoppedAt: scanLimit === undefined ? undefined : [scanLimit.receivedAt, scanLimit.id + 1],
  };
}

/** Written so that both planners turn it into a range of the index. */
function before(query: Knex.QueryBuilder, [at = 0, id = 0]: readonly number[]): void {
  query.where("received_at", "<=", at);
  query.where((either) => void either.where("received_at", "<", at).orWhere("id", "<", id));
}

/** One delivery by our id, with what is stored of its request; `undefined`: not found. */
export async function findDelivery(
  { trx }: Reading,
  { id }: { readonly id: number },
): Promise<StoredDeliveryDetail | undefined> {
  const query = trx("deliveries").where({ id }).select(deliveryDetailNames).select(trx.raw(isKept));
  const [row] = toRows(await query);
  return row === undefined ? undefined : decodeDeliveryDetail(row);
}

export async function findNewestDelivery({ trx }: Reading): Promise<number | undefined> {
  const newest = trx("deliveries")
    .where("id", "<", Number.MAX_SAFE_INTEGER)
    .orderBy("id", "desc")
    .limit(1)
    .select("id");
  const [row] = toRows(await newest);
  return row === undefined ? undefined : deliveryColumns.id.read(row);
}
