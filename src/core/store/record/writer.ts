import { messageOf } from "../../errors.ts";
import { packEntry, type Entry, type Outcome, type PackedEntry } from "../../ledger.ts";
import { callsTo, startWorker } from "../db/worker-rpc.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { Millis } from "../../model.ts";
import type { RecorderOptions, StoreRecorder } from "./recorder.ts";
import { isTransient } from "../db/transient-errors.ts";

export interface WriterData extends RecorderOptions {
  readonly url: string;
  /** Transactions under way at a time; each takes a connection to PostgreSQL. */
  readonly lanes: number;
}

/** What the thread is asked: to write a batch, or to release what waits. */
export type WriterQuestion = readonly PackedEntry[] | { readonly releaseBefore: Millis };

export interface ThreadRecorder extends StoreRecorder {
  /** Resolves when the thread can write; rejects where it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has closed its connection and ended. */
  close(): Promise<void>;
}

/** Half of what V8 would take: next to nothing outlives the batch that it was made for. */
const youngMegabytes = 24;

/** A connection into a network that is gone may never end; all that is under way has been answered by then. */
const endMillis = 10_000;

/**
 * Deliveries are written in a thread of their own. SQLite's calls are synchronous, and a flush to disk must not keep the
 * event loop from reading the next requests, or from answering a scrape; PostgreSQL's keep a core as busy as requests do.
 * `onEnd` is called if the thread ends before it is closed.
 */
export function startWriter(data: WriterData, log: DatabaseLog, onEnd?: (reason: Error) => void): ThreadRecorder {
  const worker = startWorker(new URL("writer-thread.ts", import.meta.url), data, {
    maxYoungGenerationSizeMb: youngMegabytes,
  });
  const calls = callsTo<WriterQuestion, readonly Outcome[] | number>(worker, log);
  let ended: Error | undefined;
  let closing = false;

  const end = (reason: string) => {
    const first = ended === undefined;
    ended ??= new Error(`the writer thread ended: ${reason}`);
    if (first && !closing) onEnd?.(ended);
    calls.fail(ended);
  };
  worker.on("error", (error) => end(messageOf(error)));
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      end(`exit code ${code}`);
      resolve();
    });
  });

  return {
    ready: calls.ready,
    isTransient,
    packs: true,
    record(batch: readonly (Entry | PackedEntry)[]) {
      if (ended !== undefined) return Promise.reject(ended);
      // As texts: cloning a thousand small objects between threads costs more than writing and reading JSON.
      const packed = batch.map((entry) => (typeof entry === "string" ? entry : packEntry(entry)));
      return calls.call(packed) as Promise<readonly Outcome[]>;
    },
    release(before) {
      if (ended !== undefined) return Promise.reject(ended);
      return calls.call({ releaseBefore: before }) as Promise<number>;
    },
    async close() {
      closing = true;
      calls.close();
      const late = setTimeout(() => void worker.terminate(), endMillis);
      await exited;
      clearTimeout(late);
    },
  };
}
