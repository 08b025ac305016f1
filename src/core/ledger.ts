import { AppError } from "./errors.ts";
import type { Millis, Observation } from "./model.ts";
import { splitEntry, weigh } from "./parts.ts";
import { takeBatch, writeBatch, type Waiting } from "./write-batch.ts";
import type { ClockAnomaly } from "./sender-clock.ts";

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

/** An entry as text: how it gets to a store in another thread, and how it waits for it, as one object, not hundreds. */
export type PackedEntry = string;

export function packEntry({ delivery, observations, part }: Entry): PackedEntry {
  return JSON.stringify(part === undefined ? { delivery, observations } : { delivery, observations, part });
}

export function unpackEntry(entry: Entry | PackedEntry): Entry {
  return typeof entry === "string" ? (JSON.parse(entry) as Entry) : entry;
}

export interface Submission extends Entry {
  /** How the times of the delivery contradict our clock; its reason says so too. */
  readonly clock?: ClockAnomaly["kind"] | undefined;
  /** The content, should the store refuse the delivery and it become a dead letter. */
  readonly content: () => DeliveryContent;
}

/** The store as the ledger sees it: everything in one transaction, or nothing and an error. */
export interface Recorder {
  /** Whether it would pack what it is given. */
  readonly packs?: boolean | undefined;
  record(batch: readonly (Entry | PackedEntry)[]): Promise<readonly Outcome[]>;
  /** True when the same call may succeed later: a lock, a full disk, a lost connection. */
  isTransient(error: unknown): boolean;
  /** True when no call will succeed until a person has seen to the database. */
  readonly isBroken?: ((error: unknown) => boolean) | undefined;
}

export interface LedgerOptions {
  readonly recorder: Recorder;
  readonly clock: () => Millis;
  /** Deliveries that may wait; what comes on top is refused. */
  readonly queueMax: number;
  /** Deliveries in one transaction. */
  readonly batchMax: number;
  /** Jobs in one transaction; a delivery with more is written in parts. Default: any number. */
  readonly batchJobsMax?: number;
  /** Transactions under way at a time: with a second one waiting, a writer in another thread never idles. Default 1. */
  readonly lanes?: number;
  /** A transaction begins at once when so many wait; else when no more requests are readable. Default `batchMax`. */
  readonly eagerBatch?: number;
  /** How long a delivery may wait for the database before its sender is told to try again. */
  readonly patienceMillis: number;
  readonly onError: (error: unknown, deliveries: number) => void;
  /** Told of a delivery that the database refuses, and that is to be kept as a dead letter with this reason. */
  readonly onRefused?: (refused: Delivery) => void;
}

export interface Ledger {
  /** Resolves after the commit. Rejects with `unavailable` when the queue is full or the database stays away. */
  submit(submission: Submission): Promise<Outcome>;
  /** Deliveries waiting or being written. */
  size(): number;
  /** Resolves when nothing is waiting; later submissions are refused. */
  drain(): Promise<void>;
}

/**
 * Group commit: what arrives while a transaction is under way goes into the next one, so durability costs one flush a
 * batch instead of one a delivery. Every answer comes after the commit.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { queueMax, batchMax, patienceMillis, clock, lanes = 1, eagerBatch = batchMax } = options;
  const { batchJobsMax = Number.MAX_SAFE_INTEGER } = options;
  const queue: Waiting[] = [];
  const working = new Set<Promise<void>>();
  const unanswered = new Set<Promise<Outcome>>();
  let closed = false;
  let hurry: (() => void) | undefined;

  /** Resolves when the readable sockets were read, so that their deliveries join the batch, or when enough wait. */
  function gathered(): Promise<void> {
    return new Promise((resolve) => {
      if (queue.length >= eagerBatch) return resolve();
      hurry = resolve;
      setImmediate(resolve);
    });
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      await gathered();
      await writeBatch(takeBatch(queue, batchMax, batchJobsMax), queue, options);
    }
  }

  function begin(): void {
    const lane = work();
    working.add(lane);
    // The queue may have filled between the lane's last look at it and its end.
    void lane.then(() => working.delete(lane) && queue.length > 0 && working.size < lanes && begin());
  }

  function enqueue(entry: Entry, content: Submission["content"], deadline: Millis): Promise<Outcome> {
    const packed = options.recorder.packs === true ? packEntry(entry) : entry;
    return new Promise((resolve, reject) => {
      const { delivery } = entry;
      queue.push({ delivery, entry: packed, weight: weigh(entry), content, deadline, resolve, reject });
      if (working.size < lanes) begin();
      if (queue.length >= eagerBatch) hurry?.();
    });
  }

  return {
    submit(submission) {
      if (closed) return Promise.reject(new AppError("unavailable", "the server is shutting down"));
      if (unanswered.size >= queueMax) return Promise.reject(new AppError("unavailable", "the queue is full"));
      const { delivery, observations, content } = submission;
      const [first, ...others] = splitEntry({ delivery, observations }, batchJobsMax);
      const deadline = clock() + patienceMillis;
      const answer = enqueue(first, content, deadline);
      const whole = others.length === 0 ? answer : inTurn(answer, others, (part) => enqueue(part, content, deadline));
      unanswered.add(whole);
      return whole.finally(() => unanswered.delete(whole));
    },
    size: () => unanswered.size,
    async drain() {
      closed = true;
      // Between two parts of a delivery no lane may be at work.
      await Promise.allSettled(unanswered);
      await Promise.all(working);
    },
  };
}

/** Each part goes to the end of the queue once the one before it is written; all wait in vain if one is refused. */
async function inTurn(
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
