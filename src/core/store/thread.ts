import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker, type ResourceLimits } from "node:worker_threads";
import { messageOf } from "../errors.ts";
import { packEntry, type Entry, type Outcome, type PackedEntry, type Recorder } from "../ledger.ts";
import type { DatabaseLog } from "./database.ts";
import type { RecorderOptions } from "./recorder.ts";
import { isTransient } from "./transient.ts";

export interface WriterData extends RecorderOptions {
  readonly url: string;
}

export type ToWriter = { readonly id: number; readonly batch: readonly PackedEntry[] } | "close";

export type FromWriter =
  | { readonly id: number; readonly outcomes: readonly Outcome[] }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }
  | { readonly log: "warn" | "error"; readonly message: string };

export interface ThreadRecorder extends Recorder {
  /** Resolves when the thread has closed its connection and ended. */
  close(): Promise<void>;
}

/** Half of what V8 would take: next to nothing outlives the batch that it was made for. */
const youngMegabytes = 24;

interface Waiting {
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Deliveries are written in a thread of their own. SQLite's calls are synchronous, and a flush to disk must not keep the
 * event loop from reading the next requests, or from answering a scrape; PostgreSQL's keep a core as busy as requests do.
 * `onEnd` is called if the thread ends before it is closed.
 */
export function startWriter(data: WriterData, log: DatabaseLog, onEnd?: (reason: Error) => void): ThreadRecorder {
  const worker = startWorker(new URL("writer.ts", import.meta.url), data, { maxYoungGenerationSizeMb: youngMegabytes });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | undefined;
  let closing = false;

  worker.on("message", (message: FromWriter) => {
    if ("log" in message) return log[message.log](message.message);
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if ("outcomes" in message) call?.resolve(message.outcomes);
    else call?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
  });
  const end = (reason: string) => {
    const first = ended === undefined;
    ended ??= new Error(`the writer thread ended: ${reason}`);
    if (first && !closing) onEnd?.(ended);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on("error", (error) => end(messageOf(error)));
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      end(`exit code ${code}`);
      resolve();
    });
  });

  return {
    isTransient,
    packs: true,
    record(batch: readonly (Entry | PackedEntry)[]) {
      if (ended !== undefined) return Promise.reject(ended);
      return new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        // As texts: cloning a thousand small objects between threads costs more than writing and reading JSON.
        const packed = batch.map((entry) => (typeof entry === "string" ? entry : packEntry(entry)));
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
        worker.postMessage({ id, batch: packed } satisfies ToWriter);
      });
    },
    async close() {
      closing = true;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
      worker.postMessage("close" satisfies ToWriter);
      await exited;
    },
  };
}

/**
 * Starts a module of ours, called as its source is, as a thread. From source (in tests) a thread needs the loader of
 * TypeScript again: Node does not hand it on to threads.
 */
export function startWorker(file: URL, workerData: unknown, resourceLimits: ResourceLimits = {}): Worker {
  const options = { workerData, resourceLimits };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(file.href.replace(/\.ts$/, ".js")), options);
  const { resolve } = createRequire(import.meta.url);
  const code = [resolve("tsx/cjs"), fileURLToPath(file)].map((path) => `require(${JSON.stringify(path)});`);
  return new Worker(code.join(""), { eval: true, ...options });
}
