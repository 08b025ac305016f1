import { createCommitDelay, type Delay } from "./commit-delay.ts";
import type { Recorded } from "./delivery.ts";
import { takeBatch, writeBatch, type QueuedDelivery, type WriteOptions } from "./write-batch.ts";

/** Deliveries to be written, and the transactions that write them. */
export interface DeliveryQueue<E> {
  /** Resolves after the commit. */
  enqueue(delivery: Omit<QueuedDelivery<E>, "refused" | "resolve" | "reject">): Promise<Recorded>;
  /** Resolves when no transaction is under way. */
  idle(): Promise<unknown>;
}

/** After this long, a transaction probably waits for something: a lock, a lost connection. What is queued does not wait for it too. */
const stuckMillis = 100;

/** A batch that is not complete: it is when so many deliveries are queued. */
interface OpenBatch {
  readonly enough: number;
  readonly complete: () => void;
}

/**
 * Group commit: what arrives while a transaction is under way goes into the next one, so durability costs one flush a
 * batch instead of one a delivery. A second transaction beside it begins only with enough for a batch of its own, or when the
 * first one is stuck: with fewer it would make them, and those that arrive after it, wait for a flush more.
 */
export function createDeliveryQueue<E>(options: WriteOptions<E>): DeliveryQueue<E> {
  const { batchMax, concurrency = 1, flushAt = batchMax, batchJobsMax = Number.MAX_SAFE_INTEGER, clock } = options;
  const queue: QueuedDelivery<E>[] = [];
  const working = new Set<Promise<void>>();
  const delay = createCommitDelay();
  let open: OpenBatch | undefined;
  let stuck = 0;

  /** Resolves when enough are queued; with no delay, also once the readable sockets were read, so that their deliveries join. */
  async function collectBatch(wait: Delay | undefined): Promise<void> {
    const enough = Math.min(flushAt, wait?.deliveries ?? flushAt);
    await new Promise<void>((resolve) => {
      const timer = wait === undefined ? undefined : setTimeout(resolve, Math.ceil(wait.millis));
      const complete = () => {
        clearTimeout(timer);
        resolve();
      };
      open = { enough, complete };
      if (queue.length >= enough) complete();
      else if (wait === undefined) setImmediate(resolve);
    });
    open = undefined;
    if (wait !== undefined) delay.learn(queue.length);
  }

  async function writeNext(wait: Delay | undefined): Promise<void> {
    await collectBatch(wait);
    const batch = takeBatch(queue, batchMax, batchJobsMax);
    startWriting();
    const began = clock();
    const endWatch = watchForStuck();
    await writeBatch(batch, queue, options);
    endWatch();
    const at = clock();
    delay.end({ at, millis: at - began, written: batch.length, queued: queue.length });
  }

  /** Returns a function to call when the transaction has ended. */
  function watchForStuck(): () => void {
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      stuck++;
      startWriting();
    }, stuckMillis);
    return () => {
      clearTimeout(timer);
      if (isStuck) stuck--;
    };
  }

  /** Begins a transaction, if one is possible and enough are queued for it. */
  function startWriting(): void {
    const alone = working.size === stuck;
    if (open !== undefined || working.size >= concurrency || queue.length < (alone ? 1 : flushAt)) return;
    const worker = writeNext(alone ? delay.plan(queue.length, clock()) : undefined);
    working.add(worker);
    void worker.then(() => {
      working.delete(worker);
      startWriting();
    });
  }

  return {
    enqueue: (delivery) =>
      new Promise((resolve, reject) => {
        queue.push({ ...delivery, resolve, reject });
        if (open === undefined) startWriting();
        else if (queue.length >= open.enough) open.complete();
      }),
    idle: () => Promise.all(working),
  };
}
