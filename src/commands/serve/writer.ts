import type { WriterThread } from "../../core/store/index.ts";

/** The thread of a server that parses deliveries and writes them. */
export const writerThread: WriterThread = {
  module: new URL("writer-thread.ts", import.meta.url),
  /** The thread gets its next transaction while it works on one, so that it never waits for requests. */
  concurrency: 2,
  /** 100 to 200 ms of a core: about the time that a delivery waits for another one with many jobs. */
  batchJobsMax: 1000,
};
