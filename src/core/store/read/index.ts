import type { Connection, DatabaseLog } from "../db/connect.ts";
import { limitReads } from "./limit-reads.ts";
import { readFrom, type ReadResult, type ReadName, type ReadQuery } from "./queries.ts";
import { startReader } from "./reader.ts";

/** The reads of the page and the API. They never block a delivery, and cost what is shown, not what is stored. */
export interface Reads {
  read<K extends ReadName>(name: K, query: ReadQuery<K>): Promise<ReadResult<K>>;
  close(): Promise<void>;
}

const limits = { concurrency: 1, queueMax: 64, timeoutMillis: 20_000 };

/** Reads that compute over all runs of a span: the others, which read what is shown, do not wait behind them. */
const overSpans: ReadonlySet<ReadName> = new Set<ReadName>([
  "summary",
  "jobSummary",
  "flaky",
  "changes",
  "pathJobs",
  "redMain",
  "runners",
  "whatIf",
  "waste",
  "failures",
  "timeToPass",
]);

/**
 * `threadUrl`: the database is read in two threads, each with one connection, which start with their first read: SQLite's calls are
 * synchronous, insights compute over what they read, and neither may block the event loop, which takes deliveries.
 */
export function createReads(connection: Connection, threadUrl: string | undefined, log: DatabaseLog): Reads {
  const createLane = () => ({
    limited: limitReads(limits),
    reader: threadUrl === undefined ? undefined : startReader(threadUrl, log, limits.concurrency),
  });
  const lanes = { lists: createLane(), spans: createLane() };
  return {
    read(name, query) {
      const { limited, reader } = overSpans.has(name) ? lanes.spans : lanes.lists;
      return limited(() => (reader === undefined ? readFrom(connection, name, query) : reader.read(name, query)));
    },
    async close() {
      await Promise.all([lanes.lists.reader?.close(), lanes.spans.reader?.close()]);
    },
  };
}
