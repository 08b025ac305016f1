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
  readonly exited: Promise<void>;
}

/**
 * A thread that reads the database, with connections of its own. It starts with the first read; if it ever ends, the next read starts
 * it again, until it is closed.
 */
export function startReader(url: string, log: DatabaseLog, connections: number): Reader {
  let thread: Thread | undefined;
  let isClosed = false;

  function start(): Thread {
    const worker = startThread(new URL("reader-thread.ts", import.meta.url), { url, connections } satisfies ReaderData);
    const calls = createRpcClient<ReadRequest, ReadResult<ReadName>>(worker, log);
    worker.on("error", (error) => log.error(`the reader thread ended: ${readMessage(error)}`));
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", () => {
        if (thread?.worker === worker) thread = undefined;
        calls.fail(new Error("the reader thread ended"));
        resolve();
      });
    });
    return { worker, calls, exited };
  }

  return {
    async read<K extends ReadName>(name: K, query: ReadQuery<K>) {
      // A thread that began after the close would be closed by nothing, and would keep the process from ending.
      if (isClosed) throw new Error("the reader thread was closed");
      return (thread ??= start()).calls.call({ name, query });
    },
    async close() {
      isClosed = true;
      thread?.calls.close();
      await thread?.exited;
    },
  };
}
