import type { Knex } from "knex";
import { createDecoder, listNames, type Decoded } from "../db/columns.ts";
import { deliveryColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Millis } from "../../time.ts";

const { outcome: _outcome, reason: _reason, bytes: _bytes, ...replayColumns } = deliveryColumns;
const names = listNames(replayColumns);
const decode = createDecoder(replayColumns);

/** A delivery whose body is stored, as a replay needs it. */
export interface StoredDelivery extends Omit<Decoded<typeof replayColumns>, "headers" | "body"> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StoredFilter {
  readonly source?: string | undefined;
  /** Received at or after. */
  readonly since?: Millis | undefined;
  /** Dead letters only. */
  readonly dead?: boolean | undefined;
}

const pageSize = 200;

/** Deliveries whose body is stored, in the order in which they were received, a page at a time. */
export async function* readStoredDeliveries(
  knex: Knex,
  filter: StoredFilter,
): AsyncGenerator<readonly StoredDelivery[]> {
  for (let after = 0; ; ) {
    const query = knex("deliveries").whereNotNull("body").where("id", ">", after).orderBy("id").limit(pageSize);
    if (filter.source !== undefined) query.where("source", filter.source);
    if (filter.since !== undefined) query.where("received_at", ">=", filter.since);
    if (filter.dead === true) query.where("outcome", "dead_letter");
    const rows = toRows(await query.select(names));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(decode).map((row) => ({ ...row, headers: row.headers ?? {}, body: row.body ?? "" }));
    after = replayColumns.id.read(last);
  }
}
