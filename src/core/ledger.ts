import { AppError } from "./errors.ts";
import type { Millis, Observation } from "./model.ts";
import { splitEntry, weigh } from "./parts.ts";
import { takeBatch, writeBatch, type Waiting } from "./write-batch.ts";
import type { ClockAnomaly } from "./sender-clock.ts";
import { watchWrites } from "./watch-writes.ts";
import { withTimeout } from "./with-timeout.ts";

export type DeliveryOutcome = "accepted" | "ignored" | "dead_letter";
export type Outcome = DeliveryOutcome | "duplicate";

/** What a replay needs, without secrets. */
export interface DeliveryContent {
  /** JSON object of the headers that matter. */
  readonly headers: string;
  readonly body: string;
}

/** One received request, as it is kept. Plain data: it may cross to another thread. */
export interface Delivery {
  /** Identifies the delivery within everything ever received: a hash, so that a sender's key can have any length. */
  readonly key: string;
  readonly source: string;
  readonly provider: string;
  readonly outcome: DeliveryOutcome;
  /** Why it was ignored or not understood. */
  readonly reason: string | null;
  readonly receivedAt: Millis;
  readonly bytes: number;
  readonly content: DeliveryContent | null;
  /** Sent through again on purpose: to be projected although its key is known. */
  readonly replayed: boolean;
}

/** A delivery and what it says, as the store takes it. */
export interface Entry {
  readonly delivery: Delivery;
  readonly observations: readonly Observation[];
  /** More of the same delivery follows: it is not received yet. */
  readonly part?: true;
}

export interface Submission extends Entry {
  /** How the times of the delivery contradict our clock; its reason says so too. */
  readonly clock?: ClockAnomaly["kind"] | undefined;
  /** The content, should the store refuse the delivery and it become a dead letter. */
  readonly content: () => DeliveryContent;
}

/**
 * The store as the ledger sees it: everything in one transaction, or nothing and an error. `E` is an entry as the store
 * keeps it while it waits, such as a text that can cross to a thread.
 */
export interface Recorder<E> {
  readonly encode: (entry: Entry) => E;
  readonly record: (batch: readonly E[]) => Promise<readonly Outcome[]>;
  /** True when the same call may succeed later: a lock, a full disk, a lost connection. */
  readonly isTransient: (error: unknown) => boolean;
  /** True when no call will succeed until a person has repaired the database. */
  readonly isBroken?: ((error: unknown) => boolean) | undefined;
}

export interface LedgerOptions<E> {
  readonly recorder: Recorder<E>;
  /** Milliseconds that never go back; for timeouts alone, so not the time of day, which may jump. */
  readonly clock: () => Millis;
  /** Deliveries that may wait; what comes on top is refused. */
  readonly queueMax: number;
  /** Deliveries in one transaction. */
  readonly batchMax: number;
  /** Jobs in one transaction; a delivery with more is written in parts. Default: any number. */
  readonly batchJobsMax?: number;
  /** Transactions under way at a time: with a second one waiting, a writer in another thread never idles. Default 1. */
  readonly concurrency?: number;
  /** A transaction begins at once when so many wait; else when no more requests are readable. Default `batchMax`. */
  readonly flushAt?: number;
  /** How long a delivery may wait for the database before its sender is told to try again. */
  readonly timeoutMillis: number;
  readonly onError: (error: unknown, deliveries: number) => void;
  /** Called once, when the database turns out to be broken: from then on nothing is written to it. */
  readonly onBroken?: (error: unknown) => void;
  /** Told of a delivery that the database refuses, and that is to be kept as a dead letter with this reason. */
  readonly onRefused?: (refused: Delivery) => void;
}

export interface Ledger {
  /**
   * Resolves after the commit. Rejects with `unavailable` when the queue is full or the database stays away, and at the
   * latest a second after the timeout, even if the database neither answers nor fails.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** Deliveries waiting or being written. */
  size(): number;
  /** False while the latest attempt to write has failed, or does not end. */
  isWritable(): boolean;
  /** Resolves when nothing is waiting; later submissions are refused. */
  drain(): Promise<void>;
}

/** What the ledger's own refusal may be late; together with the timeout of a server still below 10 s. */
export const marginMillis = 1000;

/**
 * Group commit: what arrives while a transaction is under way goes into the next one, so durability costs one flush a
 * batch instead of one a delivery. Every answer comes after the commit.
 */
export function createLedger<E>(options: LedgerOptions<E>): Ledger {
  const { queueMax, batchMax, timeoutMillis, clock, concurrency = 1, flushAt = batchMax } = options;
  const { batchJobsMax = Number.MAX_SAFE_INTEGER } = options;
  const { recorder, isWritable } = watchWrites(options.recorder, clock, options.onBroken);
  const writeOptions = { ...options, recorder };
  const queue: Waiting<E>[] = [];
  const working = new Set<Promise<void>>();
  const unanswered = new Set<Promise<Outcome>>();
  let closed = false;
  let flush: (() => void) | undefined;

  /** Resolves when the readable sockets were read, so that their deliveries join the batch, or when enough wait. */
  function batchReady(): Promise<void> {
    return new Promise((resolve) => {
      if (queue.length >= flushAt) return resolve();
      flush = resolve;
      setImmediate(resolve);
    });
  }

  async function writeQueue(): Promise<void> {
    while (queue.length > 0) {
      await batchReady();
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
    const answer = enqueue(first, content, deadline);
    return others.length === 0 ? answer : writeInTurn(answer, others, (part) => enqueue(part, content, deadline));
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
      // Between two parts of a delivery nothing may be under way.
      await Promise.allSettled(unanswered);
      await Promise.all(working);
    },
  };
}

function createTimeoutError(): AppError {
  return new AppError("unavailable", "the database does not answer");
}

/** Each part goes to the end of the queue once the one before it is written; after one that is refused none follows. */
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
