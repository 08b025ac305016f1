import { readMessage } from "../../errors.ts";
import { createRpcClient, startThread } from "../db/worker-rpc.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { PartialChange } from "./save-partial-answers.ts";
import type { CubeChange } from "./correct-day-times.ts";
import type { Deleted } from "./delete-expired.ts";
import type { RecorderOptions, StoreRecorder } from "./recorder.ts";
import { isBroken, isLostConnection, isTransient } from "../db/transient-errors.ts";
import { encodeEntry, encodeBatch, type EncodedBatch, type EncodedEntry } from "./encode-batch.ts";
import type { Millis } from "../../time.ts";
import type { Recorded } from "../../delivery.ts";

export interface WriterThread {
  /** What the thread executes: a module that calls `serveWriter`. */
  readonly module: URL;
  /** Concurrent transactions; each takes a connection to PostgreSQL. */
  readonly concurrency: number;
  /** Jobs in one transaction. */
  readonly batchJobsMax: number;
}

export interface WriterData extends RecorderOptions, Omit<WriterThread, "module"> {
  readonly url: string;
}

/** A request to the thread: to write a batch, to end the waits that began before a moment, to delete what is older, to correct the day cube, or to store partial answers. */
export type WriterRequest =
  | EncodedBatch
  | { readonly releaseBefore: Millis }
  | { readonly deleteBefore: Millis }
  | { readonly correction: CubeChange }
  | { readonly partialChange: PartialChange };

export interface ThreadRecorder extends StoreRecorder {
  /** See `deleteExpired`. */
  readonly deleteExpired: (before: Millis) => Promise<Deleted>;
  readonly correctDayTimes: (correction: CubeChange) => Promise<void>;
  readonly savePartialAnswers: (change: PartialChange) => Promise<void>;
  /** Resolves when the thread can write; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has closed its connection and ended. */
  close(): Promise<void>;
}

/** Bytes of a body that the thread parses. A larger one may have more jobs than fit into a transaction, and has to be split. */
const unparsedMax = 256 * 1024;

/** After this long the thread is terminated: a connection over a lost network may never close. All calls have ended by then. */
const endMillis = 10_000;

export interface WriterEvents {
  /** The thread ended before it was closed: nothing more can be written. */
  readonly onEnd?: ((reason: Error) => void) | undefined;
  /** The thread lost a connection to the database. */
  readonly onLostConnection?: () => void;
}

/**
 * Deliveries are parsed and written in a thread of their own. SQLite's calls are synchronous, and a flush to disk must not keep the
 * event loop from reading the next requests, or from answering a scrape; PostgreSQL's keep a core as busy as requests do.
 */
export function startWriter(
  { module, ...thread }: WriterThread,
  options: Omit<WriterData, keyof WriterThread>,
  log: DatabaseLog,
  { onEnd, onLostConnection }: WriterEvents = {},
): ThreadRecorder {
  const data: WriterData = { ...thread, ...options };
  const worker = startThread(module, data);
  const calls = createRpcClient<WriterRequest, readonly Recorded[] | number | Deleted | undefined>(worker, log);
  let ended: Error | undefined;
  let closing = false;

  const end = (reason: string) => {
    const first = ended === undefined;
    ended ??= new Error(`the writer thread ended: ${reason}`);
    if (first && !closing) onEnd?.(ended);
    calls.fail(ended);
  };
  worker.on("error", (error) => end(readMessage(error)));
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      end(`exit code ${code}`);
      resolve();
    });
  });

  async function sendBatch(batch: readonly EncodedEntry[]): Promise<readonly Recorded[]> {
    if (ended !== undefined) throw ended;
    try {
      const packed = encodeBatch(batch);
      return (await calls.call(packed, [packed.bodies.buffer])) as readonly Recorded[];
    } catch (error) {
      if (isLostConnection(error)) onLostConnection?.();
      throw error;
    }
  }

  return {
    ready: calls.ready,
    isTransient,
    isBroken,
    encode: encodeEntry,
    encodeUnparsed: (received) => (received.body.length > unparsedMax ? undefined : received),
    record: sendBatch,
    release(before) {
      if (ended !== undefined) return Promise.reject(ended);
      return calls.call({ releaseBefore: before }) as Promise<number>;
    },
    deleteExpired(before) {
      if (ended !== undefined) return Promise.reject(ended);
      return calls.call({ deleteBefore: before }) as Promise<Deleted>;
    },
    async correctDayTimes(correction) {
      if (ended !== undefined) throw ended;
      await calls.call({ correction });
    },
    async savePartialAnswers(partialChange) {
      if (ended !== undefined) throw ended;
      await calls.call({ partialChange });
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
