import { AppError } from "./errors.ts";
import { splitEntry, weigh } from "./split-entry.ts";
import { takeBatch, writeBatch, type QueuedDelivery } from "./write-batch.ts";
import { watchWrites } from "./watch-writes.ts";
import { withTimeout } from "./with-timeout.ts";
import type { Millis } from "./time.ts";
import type { Submission, Outcome, LedgerOptions, Entry } from "./delivery.ts";

export interface Ledger {
  /**
   * Resolves after the commit. Rejects with `unavailable` when the queue is full or the database is not reachable, and at
   * the latest a second after the timeout, even if the database neither responds nor fails.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** Deliveries waiting or being written. */
  size(): number;
  /** False while the latest attempt to write has failed, or does not end. */
  isWritable(): boolean;
  /** Resolves when nothing is waiting; later submissions are refused. */
  drain(): Promise<void>;
}

/** How much later than its timeout the ledger rejects, at the latest. With the server's timeout it stays below 10 s. */
export const marginMillis = 1000;

/**
 * Group commit: what arrives while a transaction is under way goes into the next one, so durability costs one flush a
 * batch instead of one a delivery. Every promise settles after the commit.
 */
export function createLedger<E>(options: LedgerOptions<E>): Ledger {
  const { queueMax, batchMax, timeoutMillis, clock, concurrency = 1, flushAt = batchMax } = options;
  const { batchJobsMax = Number.MAX_SAFE_INTEGER } = options;
  const { recorder, isWritable } = watchWrites(options.recorder, clock, options.onBroken);
  const writeOptions = { ...options, recorder };
  const queue: QueuedDelivery<E>[] = [];
  const working = new Set<Promise<void>>();
  const unanswered = new Set<Promise<Outcome>>();
  let closed = false;
  let flush: (() => void) | undefined;

  /** Resolves when the readable sockets were read, so that their deliveries join the batch, or when enough are queued. */
  function waitForBatch(): Promise<void> {
    return new Promise((resolve) => {
      if (queue.length >= flushAt) return resolve();
      flush = resolve;
      setImmediate(resolve);
    });
  }

  async function writeQueue(): Promise<void> {
    while (queue.length > 0) {
      await waitForBatch();
      await writeBatch(takeBatch(queue, batchMax, batchJobsMax), queue, writeOptions);
    }
  }

  function startWorker(): void {
    const worker = writeQueue();
    working.add(worker);
    // The queue may have filled between the worker's last look at it and its end.
    void worker.then(() => working.delete(worker) && queue.length > 0 && working.size < concurrency && startWorker());
  }

  function enqueue(entry: Entry, content: Submission["content"], deadline: Millis): Promise<Outcome> {
    const encoded = recorder.encode(entry);
    return new Promise((resolve, reject) => {
      const { delivery } = entry;
      queue.push({ delivery, entry: encoded, weight: weigh(entry), content, deadline, resolve, reject });
      if (working.size < concurrency) startWorker();
      if (queue.length >= flushAt) flush?.();
    });
  }

  function write({ delivery, observations, content }: Submission): Promise<Outcome> {
    const [first, ...others] = splitEntry({ delivery, observations }, batchJobsMax);
    const deadline = clock() + timeoutMillis;
    const outcome = enqueue(first, content, deadline);
    return others.length === 0 ? outcome : writeInTurn(outcome, others, (part) => enqueue(part, content, deadline));
  }

  return {
    submit(submission) {
      if (closed) return Promise.reject(new AppError("unavailable", "the server is shutting down"));
      if (unanswered.size >= queueMax) return Promise.reject(new AppError("unavailable", "the queue is full"));
      const written = write(submission);
      unanswered.add(written);
      const answered = written.finally(() => unanswered.delete(written));
      return withTimeout(answered, timeoutMillis + marginMillis, createTimeoutError);
    },
    size: () => unanswered.size,
    isWritable,
    async drain() {
      closed = true;
      // Between two parts of a delivery no worker may be running, so both are awaited.
      await Promise.allSettled(unanswered);
      await Promise.all(working);
    },
  };
}

function createTimeoutError(): AppError {
  return new AppError("unavailable", "the database does not answer");
}

/** Queues each part once the one before it is written; stops after a part that the database refused. */
async function writeInTurn(
  first: Promise<Outcome>,
  others: readonly Entry[],
  enqueue: (part: Entry) => Promise<Outcome>,
): Promise<Outcome> {
  let outcome = await first;
  for (const part of others) {
    if (outcome === "dead_letter") return outcome;
    outcome = await enqueue(part);
  }
  return outcome;
}
