import type { Shards } from "./shards.ts";
import type { Connection } from "./connect.ts";
import { buildOpening, readContext, type TransactionContext } from "./durability.ts";
import { runPostgresTransaction } from "./postgres-transaction.ts";
import { runSqliteTransaction } from "./sqlite-transaction.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Runs one transaction for deliveries: it holds SQLite's write lock from its beginning; on PostgreSQL its commit is durable,
 * and it fails when the server sends nothing for seconds. Rolled back when `work` rejects. SQLite has shard 0 of the totals alone,
 * and so has a transaction on PostgreSQL without `shards`.
 */
export function inTransaction<T>(
  connection: Connection,
  work: (trx: Transaction, context: TransactionContext) => Promise<T>,
  shards?: Shards,
): Promise<T> {
  if (connection.engine === "sqlite")
    return runSqliteTransaction(connection, (trx) => work(trx, { server: "file", shard: 0 }));
  const lock = shards?.begin();
  const transaction = runPostgresTransaction(connection, buildOpening(lock), (trx, opened) =>
    work(trx, readContext(opened, lock)),
  );
  return transaction.finally(() => lock?.end());
}
