import type { Knex } from "knex";
import type { Socket } from "node:net";
import type { Client } from "pg";

/**
 * How long PostgreSQL may leave a ledger transaction without a single byte of a response. A network that drops packets, as
 * after a failover, gives no error for a quarter of an hour; a delivery waits for 8 s, and a retry must fit in.
 */
const silentMillis = 4000;

/** The driver's client, with members that its types lack. */
export interface SqlClient extends Pick<Client, "query"> {
  setTypeParser(type: number, parse: (text: string) => unknown): void;
  getTypeParser(type: number): (text: string) => unknown;
  readonly connection: { readonly stream: Socket };
  /** False while a response is outstanding. */
  readonly readyForQuery?: boolean;
}

/** The type of `bigint` columns: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const int8 = 20;

type Done = (error: Error | null, client: SqlClient) => void;

interface WatchedPool extends Pick<Knex.PoolConfig, "afterCreate" | "validate"> {
  /** Marks every open connection as dead. */
  readonly renew: () => void;
  /** Breaks every open connection: what is under way fails, however long PostgreSQL is silent. */
  readonly abandon: () => void;
}

/**
 * Options of a PostgreSQL pool. When a connection stalls, it and all that were opened before it are dropped, because they
 * are probably dead too. The server in turn ends a transaction whose client has disappeared, and releases the locks for which
 * a retry would wait.
 */
export function poolWithStallDetection(): WatchedPool {
  const generations = new WeakMap<SqlClient, number>();
  const open = new Set<Socket>();
  let generation = 0;
  return {
    renew: () => void generation++,
    abandon() {
      for (const stream of open) stream.destroy(new Error("the connection was given up, because the server stops"));
    },
    afterCreate(client: SqlClient, done: Done) {
      // Identifiers and epoch milliseconds stay far below 2^53, so int8 is a number on both engines.
      client.setTypeParser(int8, Number);
      const { stream } = client.connection;
      generations.set(client, generation);
      open.add(stream);
      stream.once("close", () => open.delete(stream));
      stream.on("timeout", () => {
        if (client.readyForQuery !== false) return;
        if (generations.get(client) === generation) generation++;
        const seconds = silentMillis / 1000;
        stream.destroy(
          Object.assign(new Error(`the database has sent nothing for ${seconds} s`), { code: "ETIMEDOUT" }),
        );
      });
      // Older servers do not have the setting; the error is ignored.
      client.query(`set idle_in_transaction_session_timeout = ${silentMillis}`, () => done(null, client));
    },
    validate(client: SqlClient) {
      if (generations.get(client) === generation) return true;
      client.connection.stream.destroy();
      return false;
    },
  };
}

/** A transaction that fails with `ETIMEDOUT` when PostgreSQL sends nothing for seconds. Not for statements that may take long. */
export function transactionWithIdleTimeout<T>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<T>,
  config: Knex.TransactionConfig = {},
): Promise<T> {
  return withIdleTimeout(knex, (client) => knex.transaction(work, { ...config, connection: client }));
}

/** Lends a connection of the pool to `work`. Its statements fail with `ETIMEDOUT` when PostgreSQL sends nothing for seconds. */
export async function withIdleTimeout<T>(knex: Knex, work: (client: SqlClient) => Promise<T>): Promise<T> {
  const pool = knex.client as {
    acquireConnection(): Promise<SqlClient>;
    releaseConnection(client: SqlClient): Promise<void>;
  };
  const client = await pool.acquireConnection();
  try {
    // Any byte, in or out, restarts the timeout.
    client.connection.stream.setTimeout(silentMillis);
    return await work(client);
  } finally {
    client.connection.stream.setTimeout(0);
    await pool.releaseConnection(client);
  }
}
