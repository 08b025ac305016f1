import type { Worker } from "node:worker_threads";
import { readMessage } from "../../errors.ts";
import { createRpcClient, startThread, type RpcClient } from "../db/worker-rpc.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { ReadResult, ReadName, ReadQuery } from "./queries.ts";

export interface ReaderData {
  readonly url: string;
  /** To PostgreSQL; SQLite's has one. */
  readonly connections: number;
}

export interface ReadRequest {
  readonly name: ReadName;
  readonly query: ReadQuery<ReadName>;
}

export interface Reader {
  read<K extends ReadName>(name: K, query: ReadQuery<K>): Promise<ReadResult<K>>;
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly calls: RpcClient<ReadRequest, ReadResult<ReadName>>;
}

/** After so long without a read the thread ends, because it takes 20 to 40 MB. It starts again in a tenth of a second. */
const idleMillis = 300_000;

/**
 * A thread that reads the database, with connections of its own. It starts with the first read, and ends when there was none for a
 * while; however it ended, the next read starts it again, until it is closed.
 */
export function startReader(url: string, log: DatabaseLog, connections: number, endAfterMillis = idleMillis): Reader {
  let thread: Thread | undefined;
  let isClosed = false;
  let underWay = 0;
  let idle: NodeJS.Timeout | undefined;
  /** Threads that have not ended. One that was idle may still be closing its connections. */
  const threads = new Set<Promise<void>>();

  function start(): Thread {
    const worker = startThread(new URL("reader-thread.ts", import.meta.url), { url, connections } satisfies ReaderData);
    const calls = createRpcClient<ReadRequest, ReadResult<ReadName>>(worker, log);
    worker.on("error", (error) => log.error(`the reader thread ended: ${readMessage(error)}`));
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", () => {
        if (thread?.worker === worker) thread = undefined;
        calls.fail(new Error("the reader thread ended"));
        threads.delete(exited);
        resolve();
      });
    });
    threads.add(exited);
    return { worker, calls };
  }

  /** A read that comes later starts another thread. */
  function end(): void {
    clearTimeout(idle);
    thread?.calls.close();
    thread = undefined;
  }

  return {
    async read<K extends ReadName>(name: K, query: ReadQuery<K>) {
      // A thread that began after the close would be closed by nothing, and would keep the process from ending.
      if (isClosed) throw new Error("the reader thread was closed");
      clearTimeout(idle);
      underWay++;
      try {
        return await (thread ??= start()).calls.call({ name, query });
      } finally {
        if (--underWay === 0 && !isClosed) idle = setTimeout(end, endAfterMillis).unref();
      }
    },
    async close() {
      isClosed = true;
      end();
      await Promise.all(threads);
    },
  };
}
