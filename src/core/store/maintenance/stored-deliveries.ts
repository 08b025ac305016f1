import type { Knex } from "knex";
import type { Millis } from "../../model.ts";
import { rowsOf } from "../db/transaction.ts";

/** A delivery whose body was kept, as a replay needs it. */
export interface StoredDelivery {
  readonly id: number;
  readonly key: string;
  readonly source: string;
  readonly provider: string;
  readonly receivedAt: Millis;
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

/** Deliveries with a kept body, in the order in which they were received, a page at a time. */
export async function* storedDeliveries(knex: Knex, filter: StoredFilter): AsyncGenerator<readonly StoredDelivery[]> {
  for (let after = 0; ; ) {
    const query = knex("deliveries").whereNotNull("body").where("id", ">", after).orderBy("id").limit(pageSize);
    if (filter.source !== undefined) query.where("source", filter.source);
    if (filter.since !== undefined) query.where("received_at", ">=", filter.since);
    if (filter.dead === true) query.where("outcome", "dead_letter");
    const rows = rowsOf(await query.select("id", "key", "source", "provider", "received_at", "headers", "body"));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => ({
      id: Number(row["id"]),
      key: row["key"] as string,
      source: row["source"] as string,
      provider: row["provider"] as string,
      receivedAt: Number(row["received_at"]),
      headers: JSON.parse((row["headers"] as string | null) ?? "{}") as Record<string, string>,
      body: row["body"] as string,
    }));
    after = Number(last["id"]);
  }
}
