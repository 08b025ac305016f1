import type { Connection } from "./connect.ts";
import { requireDurableCommit } from "./durability.ts";
import { sqliteTransaction } from "./sqlite-transaction.ts";
import { transactionWithIdleTimeout } from "./stalled-connections.ts";
import { transactionOn, type Transaction } from "./transaction.ts";

/**
 * One transaction for deliveries: it holds SQLite's write lock from its beginning; on PostgreSQL its commit is durable, and
 * it fails where the server stays silent for seconds. Rolled back when `work` rejects. `server` tells one start of a
 * database server from another.
 */
export function inTransaction<T>(
  connection: Connection,
  work: (trx: Transaction, server: string) => Promise<T>,
): Promise<T> {
  if (connection.engine === "sqlite") return sqliteTransaction(connection, (trx) => work(trx, "file"));
  return transactionWithIdleTimeout(connection.knex, async (knexTrx) => {
    const trx = transactionOn(knexTrx, connection.bulk);
    return work(trx, await requireDurableCommit(trx));
  });
}
