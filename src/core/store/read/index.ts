import type { Connection, DatabaseLog } from "../db/connect.ts";
import { limitReads } from "./limit-reads.ts";
import { readFrom, type ReadResult, type ReadName, type ReadQuery } from "./queries.ts";
import { startReader } from "./reader.ts";

/** The reads of the page and the API. They never block a delivery, and cost what is shown, not what is stored. */
export interface Reads {
  read<K extends ReadName>(name: K, query: ReadQuery<K>): Promise<ReadResult<K>>;
  close(): Promise<void>;
}

const limits = { concurrency: 2, queueMax: 64, timeoutMillis: 20_000 };

/**
 * `threadUrl`: the database is read in a thread of its own, which starts with the first read: SQLite's calls are synchronous, insights
 * compute over what they read, and neither may block the event loop, which takes deliveries.
 */
export function createReads(connection: Connection, threadUrl: string | undefined, log: DatabaseLog): Reads {
  const limited = limitReads(limits);
  const reader = threadUrl === undefined ? undefined : startReader(threadUrl, log, limits.concurrency);
  return {
    read: (name, query) =>
      limited(() => (reader === undefined ? readFrom(connection, name, query) : reader.read(name, query))),
    close: async () => reader?.close(),
  };
}
