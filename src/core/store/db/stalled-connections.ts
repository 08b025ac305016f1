import type { Knex } from "knex";
import type { Socket } from "node:net";
import type { Client } from "pg";

/**
 * How long PostgreSQL may owe a ledger transaction an answer without a single byte. A network that swallows packets, as
 * after a failover, gives no error for a quarter of an hour; a delivery waits for 8 s, and a second try must fit in.
 */
const silentMillis = 4000;

/** The driver's client, with what its types do not tell. */
interface PgClient extends Pick<Client, "query"> {
  setTypeParser(type: number, parse: (text: string) => unknown): void;
  readonly connection: { readonly stream: Socket };
  /** False while an answer is owed. */
  readonly readyForQuery?: boolean;
}

/** The type of `bigint` columns: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const int8 = 20;

type Done = (error: Error | null, client: PgClient) => void;

interface WatchedPool extends Pick<Knex.PoolConfig, "afterCreate" | "validate"> {
  /** Takes every connection that is open now for dead. */
  readonly renew: () => void;
}

/**
 * For a PostgreSQL pool: a connection that died of silence takes with it all that were opened before it, because whatever
 * cut it off most probably cut them off too. The server in turn ends a transaction whose client has vanished, and with it
 * the locks that a second try would wait for.
 */
export function poolWithStallDetection(): WatchedPool {
  const generations = new WeakMap<PgClient, number>();
  let generation = 0;
  return {
    renew: () => void generation++,
    afterCreate(client: PgClient, done: Done) {
      // Identifiers and epoch milliseconds stay far below 2^53, so int8 is a number on both engines.
      client.setTypeParser(int8, Number);
      const { stream } = client.connection;
      generations.set(client, generation);
      stream.on("timeout", () => {
        if (client.readyForQuery !== false) return;
        if (generations.get(client) === generation) generation++;
        const seconds = silentMillis / 1000;
        stream.destroy(
          Object.assign(new Error(`the database has been silent for ${seconds} s`), { code: "ETIMEDOUT" }),
        );
      });
      // Where the server knows no such setting there is nothing to set.
      client.query(`set idle_in_transaction_session_timeout = ${silentMillis}`, () => done(null, client));
    },
    validate(client: PgClient) {
      if (generations.get(client) === generation) return true;
      client.connection.stream.destroy();
      return false;
    },
  };
}

/** A transaction that fails with `ETIMEDOUT` when PostgreSQL falls silent. Not for statements that may take long. */
export async function transactionWithIdleTimeout<T>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<T>,
  config: Knex.TransactionConfig = {},
): Promise<T> {
  const pool = knex.client as {
    acquireConnection(): Promise<PgClient>;
    releaseConnection(client: PgClient): Promise<void>;
  };
  const client = await pool.acquireConnection();
  try {
    // Any byte, in or out, begins the time anew.
    client.connection.stream.setTimeout(silentMillis);
    return await knex.transaction(work, { ...config, connection: client });
  } finally {
    client.connection.stream.setTimeout(0);
    await pool.releaseConnection(client);
  }
}
