import type { Knex } from "knex";
import { codeEventTables } from "../db/code-event-tables.ts";
import type { Connection } from "../db/connect.ts";
import { listPartitions } from "../db/partitions.ts";
import { splitExpired } from "../db/split-expired.ts";
import { deliveryColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Millis } from "../../time.ts";

/** The arrival of the newest delivery; `undefined`: there are no deliveries. */
export async function readLastReceived(knex: Knex): Promise<Millis | undefined> {
  const [newest] = toRows(await knex("deliveries").orderBy("id", "desc").limit(1).select("received_at"));
  return newest === undefined ? undefined : deliveryColumns.receivedAt.read(newest);
}

/** Whether `deleteExpired` would delete anything. */
export async function hasExpired({ knex, engine }: Connection, before: Millis): Promise<boolean> {
  const { dropped, rowsBefore } = splitExpired(await listPartitions(knex, engine), before);
  if (dropped.length > 0) return true;
  const tables = [
    ["runs", rowsBefore] as const,
    ...Object.values(codeEventTables).map((one) => [one.table, before] as const),
  ];
  for (const [table, end] of tables) {
    const rows = toRows(await knex(table).where("updated_at", "<", end).limit(1).select("source"));
    if (rows.length > 0) return true;
  }
  const [oldest] = toRows(await knex("deliveries").orderBy("id").limit(1).select("received_at"));
  return oldest !== undefined && deliveryColumns.receivedAt.read(oldest) < rowsBefore;
}
