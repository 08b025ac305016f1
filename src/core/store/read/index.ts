import type { Connection, DatabaseLog } from "../db/connect.ts";
import { limitConcurrency } from "./concurrency-limit.ts";
import { readOn, type ReadAnswer, type ReadName, type ReadQuery } from "./queries.ts";
import { startReader } from "./reader.ts";

/** What people ask the ledger. It never blocks a delivery, and costs what is shown, not what is stored. */
export interface Reads {
  read<K extends ReadName>(name: K, query: ReadQuery<K>): Promise<ReadAnswer<K>>;
  close(): Promise<void>;
}

const limits = { concurrency: 2, waitingMax: 64, timeoutMillis: 20_000 };

/**
 * `threadUrl`: the SQLite file is read in a thread of its own, which starts with the first question: its calls are
 * synchronous, and a question about a quarter of a year must not keep the event loop from taking deliveries.
 */
export function createReads(connection: Connection, threadUrl: string | undefined, log: DatabaseLog): Reads {
  const limited = limitConcurrency(limits);
  const reader = threadUrl === undefined ? undefined : startReader(threadUrl, log);
  return {
    read: (name, query) =>
      limited(() => (reader === undefined ? readOn(connection, name, query) : reader.read(name, query))),
    close: async () => reader?.close(),
  };
}
