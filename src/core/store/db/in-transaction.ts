import type { Connection } from "./connect.ts";
import { requireDurableCommit } from "./durability.ts";
import { runSqliteTransaction } from "./sqlite-transaction.ts";
import { transactionWithIdleTimeout } from "./stalled-connections.ts";
import { wrapTransaction, type Transaction } from "./transaction.ts";

/**
 * Runs one transaction for deliveries: it holds SQLite's write lock from its beginning; on PostgreSQL its commit is durable,
 * and it fails when the server sends nothing for seconds. Rolled back when `work` rejects. `server` identifies one start of
 * a database server.
 */
export function inTransaction<T>(
  connection: Connection,
  work: (trx: Transaction, server: string) => Promise<T>,
): Promise<T> {
  if (connection.engine === "sqlite") return runSqliteTransaction(connection, (trx) => work(trx, "file"));
  return transactionWithIdleTimeout(connection.knex, async (knexTrx) => {
    const trx = wrapTransaction(knexTrx, connection.bulk);
    return work(trx, await requireDurableCommit(trx));
  });
}
