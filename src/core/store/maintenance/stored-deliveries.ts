import type { Knex } from "knex";
import { bigint, createDecoder, listNames, type Decoded } from "../db/columns.ts";
import { deliveryColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Millis } from "../../time.ts";

const { outcome: _outcome, reason: _reason, bytes: _bytes, run: _run, ...replayColumns } = deliveryColumns;
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
    const query = select(knex, filter).whereNotNull("body").where("id", ">", after).orderBy("id").limit(pageSize);
    const rows = toRows(await query.select(names));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(decode).map((row) => ({ ...row, headers: row.headers ?? {}, body: row.body ?? "" }));
    after = replayColumns.id.read(last);
  }
}

/** Deliveries that a filter selects, and those of them whose body is stored. */
export interface StoredCount {
  readonly all: number;
  readonly stored: number;
}

const counts = { all: bigint("all_count"), stored: bigint("stored_count") };

/** How many deliveries there are, with and without a stored body. */
export async function countStoredDeliveries(knex: Knex, filter: StoredFilter): Promise<StoredCount> {
  const [row = {}] = toRows(
    await select(knex, filter).count({ all_count: "*" }).select(knex.raw("count(body) as stored_count")),
  );
  return { all: counts.all.read(row), stored: counts.stored.read(row) };
}

function select(knex: Knex, { source, since, dead }: StoredFilter): Knex.QueryBuilder {
  const query = knex("deliveries");
  if (source !== undefined) query.where("source", source);
  if (since !== undefined) query.where("received_at", ">=", since);
  if (dead === true) query.where("outcome", "dead_letter");
  return query;
}
