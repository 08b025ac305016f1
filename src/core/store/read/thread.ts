import type { Worker } from "node:worker_threads";
import { messageOf } from "../../errors.ts";
import type { DatabaseLog } from "../database.ts";
import { startWorker } from "../thread.ts";
import type { ReadAnswer, ReadName, ReadQuery } from "./queries.ts";

export interface ReaderData {
  readonly url: string;
}

export type ToReader = { readonly id: number; readonly name: ReadName; readonly query: ReadQuery<ReadName> } | "close";

export type FromReader =
  | { readonly id: number; readonly answer: ReadAnswer<ReadName> }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }
  | { readonly log: "warn" | "error"; readonly message: string };

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface Reader {
  read<K extends ReadName>(name: K, query: ReadQuery<K>): Promise<ReadAnswer<K>>;
  close(): Promise<void>;
}

/** Little outlives an answer, and answers are small. */
const youngMegabytes = 8;

/** A thread that reads a SQLite file. It starts with the first read, and again with the next one should it ever end. */
export function startReader(url: string, log: DatabaseLog): Reader {
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let worker: Worker | undefined;
  let exited: Promise<void> | undefined;

  function start(): Worker {
    const started = startWorker(new URL("reader.ts", import.meta.url), { url } satisfies ReaderData, {
      maxYoungGenerationSizeMb: youngMegabytes,
    });
    started.on("message", (message: FromReader) => {
      if ("log" in message) return log[message.log](message.message);
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if ("answer" in message) call?.resolve(message.answer);
      else call?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
    });
    started.on("error", (error) => log.error(`the reader thread ended: ${messageOf(error)}`));
    exited = new Promise((resolve) => {
      started.on("exit", () => {
        if (worker === started) worker = undefined;
        for (const { reject } of waiting.values()) reject(new Error("the reader thread ended"));
        waiting.clear();
        resolve();
      });
    });
    return started;
  }

  return {
    read(name, query) {
      const to = (worker ??= start());
      return new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
        to.postMessage({ id, name, query } satisfies ToReader);
      });
    },
    async close() {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
      worker?.postMessage("close" satisfies ToReader);
      await exited;
    },
  };
}
