import type { QueryResult } from "pg";
import type { Row } from "./columns.ts";
import type { Connection } from "./connect.ts";
import { withIdleTimeout, type SqlClient } from "./stalled-connections.ts";
import { createTransaction, type Binding, type StatementResult, type Transaction } from "./transaction.ts";

/**
 * A transaction on a connection of Knex's pool without Knex, whose overhead for each statement is more than the driver's own. It
 * begins in one message with its first statement, `opening`, which has no bindings; `work` gets the row that it returned.
 */
export function runPostgresTransaction<T>(
  { knex, bulk }: Connection,
  opening: string,
  work: (trx: Transaction, opened: Row) => Promise<T>,
): Promise<T> {
  return withIdleTimeout(knex, async (client) => {
    try {
      // For several statements in one text the driver returns a list of results.
      const [, opened] = (await client.query(`BEGIN; ${opening}`)) as unknown as readonly QueryResult<Row>[];
      const [row] = opened?.rows ?? [];
      if (row === undefined) throw new Error("the first statement of a transaction returned no row");
      const trx = createTransaction((sql, bindings) => run(client, sql, bindings), bulk);
      const result = await work(trx, row);
      const { command } = await client.query("COMMIT");
      if (command !== "COMMIT")
        throw new Error("PostgreSQL rolled the transaction back, because a statement had failed");
      return result;
    } catch (error) {
      await rollBack(client);
      throw error;
    }
  });
}

/** Rolls back without an error of its own: the first error is the one to report. Where it fails, the connection is lost. */
async function rollBack(client: SqlClient): Promise<void> {
  try {
    await client.query("ROLLBACK");
  } catch {
    client.connection.stream.destroy();
  }
}

async function run(client: SqlClient, sql: string, bindings: readonly Binding[]): Promise<StatementResult> {
  let position = 0;
  const text = sql.replaceAll("?", () => `$${++position}`);
  const { rows, rowCount } = await client.query<Row>(text, bindings.length === 0 ? undefined : [...bindings]);
  return { rows, changed: rowCount ?? 0 };
}
