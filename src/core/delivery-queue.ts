import { takeBatch, writeBatch, type QueuedDelivery, type WriteOptions } from "./write-batch.ts";
import type { Recorded } from "./delivery.ts";

/** Deliveries to be written, and the workers that write them. */
export interface DeliveryQueue<E> {
  /** Resolves after the commit. */
  enqueue(delivery: Omit<QueuedDelivery<E>, "refused" | "resolve" | "reject">): Promise<Recorded>;
  /** Resolves when no worker is running. */
  idle(): Promise<unknown>;
}

/**
 * Group commit: what arrives while a transaction is under way goes into the next one, so durability costs one flush a
 * batch instead of one a delivery.
 */
export function createDeliveryQueue<E>(options: WriteOptions<E>): DeliveryQueue<E> {
  const { batchMax, concurrency = 1, flushAt = batchMax, batchJobsMax = Number.MAX_SAFE_INTEGER } = options;
  const queue: QueuedDelivery<E>[] = [];
  const working = new Set<Promise<void>>();
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
      await writeBatch(takeBatch(queue, batchMax, batchJobsMax), queue, options);
    }
  }

  function startWriting(): void {
    const worker = writeQueue();
    working.add(worker);
    // The queue may have filled between the worker's last look at it and its end.
    void worker.then(() => working.delete(worker) && queue.length > 0 && working.size < concurrency && startWriting());
  }

  return {
    enqueue: (delivery) =>
      new Promise((resolve, reject) => {
        queue.push({ ...delivery, resolve, reject });
        if (working.size < concurrency) startWriting();
        if (queue.length >= flushAt) flush?.();
      }),
    idle: () => Promise.all(working),
  };
}
