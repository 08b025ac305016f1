import type { SourceSettings } from "./adapter.ts";
import type { CodeEvent } from "./code-event.ts";
import type { Observation } from "./model.ts";
import type { ClockAnomaly } from "./sender-clock.ts";
import type { Millis } from "./time.ts";

export type DeliveryOutcome = "accepted" | "ignored" | "dead_letter";
/** The outcome of a delivery in the ledger. */
export type Outcome = DeliveryOutcome | "duplicate";

/** What a replay needs, without secrets. */
export interface DeliveryContent {
  /** JSON object of the headers that matter. */
  readonly headers: string;
  readonly body: string;
}

/** One received request, as it is stored. Plain data: it may cross to another thread. */
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
  /** Replayed on purpose: it is applied although its key is stored already. */
  readonly replayed: boolean;
}

/** A delivery and its observations, as the store takes it. */
export interface Entry {
  readonly delivery: Delivery;
  readonly observations: readonly Observation[];
  readonly codeEvents?: readonly CodeEvent[] | undefined;
  /** More of the same delivery follows: it is not received yet. */
  readonly part?: true;
}

export interface Submission extends Entry {
  /** How the times of the delivery contradict our clock; its reason says so too. */
  readonly clock?: ClockAnomaly["kind"] | undefined;
  /** Builds the content to store with the dead letter when the database refuses the delivery. */
  readonly content: () => DeliveryContent;
}

/** What an adapter needs of an authentic request besides its body. Plain data: it may cross to another thread. */
export interface ParseContext {
  readonly provider: string;
  readonly source: string;
  readonly settings: SourceSettings | undefined;
  readonly keepBodies: boolean;
  /** Jobs that one delivery may contain. */
  readonly jobsMax: number | undefined;
  /** Those that an adapter may read; none carries a secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Encoded as in a URL, without secrets. */
  readonly query: string;
  readonly receivedAt: Millis;
}

/** An authentic request that is not parsed yet. */
export interface UnparsedRequest {
  readonly context: ParseContext;
  readonly body: Uint8Array;
  /** Parses it in this thread. Throws `unsupported` for a format that the provider never sends. */
  readonly parse: () => Submission;
}

/** The outcome of a request, with what the server needs for the response, its metrics and its log. */
export interface Receipt {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly clock: Submission["clock"];
  /** The URL of the first run that the delivery is about. */
  readonly url: string | null | undefined;
}

/** `postponed`: nothing of the request was written; it has to be parsed first and then recorded as an entry. */
export type Recorded = Outcome | Receipt | "postponed";

/**
 * The store as the ledger sees it: everything in one transaction, or nothing and an error. `E` is an entry in the form in
 * which it is queued, such as a text that can cross to a thread.
 */
export interface Recorder<E> {
  readonly encode: (entry: Entry) => E;
  /** Present where the store can parse. Returns `undefined` for a request that has to be parsed first. */
  readonly encodeUnparsed?: ((request: UnparsedRequest) => E | undefined) | undefined;
  /** Resolves to the outcome of each entry; of an unparsed request to its receipt, or `postponed`. */
  readonly record: (batch: readonly E[]) => Promise<readonly Recorded[]>;
  /** True when the same call may succeed later: a lock, a full disk, a lost connection. */
  readonly isTransient: (error: unknown) => boolean;
  /** True when no call will succeed until a person has repaired the database. */
  readonly isBroken?: ((error: unknown) => boolean) | undefined;
}

export interface LedgerOptions<E> {
  readonly recorder: Recorder<E>;
  /** A monotonic clock in milliseconds, for timeouts alone; not the time of day, which may jump. */
  readonly clock: () => Millis;
  /** Deliveries that may be queued; further ones are refused. */
  readonly queueMax: number;
  /** Deliveries in one transaction. */
  readonly batchMax: number;
  /** Jobs in one transaction; a delivery with more is written in parts. Default: any number. */
  readonly batchJobsMax?: number;
  /** Concurrent transactions: with a second one queued, a writer in another thread is never idle. Default 1. */
  readonly concurrency?: number;
  /** Queue length at which a transaction begins at once; below it, once no more requests are readable. Default `batchMax`. */
  readonly flushAt?: number;
  /** How long a delivery may wait for the database before it is rejected and its sender has to retry. */
  readonly timeoutMillis: number;
  readonly onError: (error: unknown, deliveries: number) => void;
  /** Called once, when the database is found to be broken: nothing is written to it any more. */
  readonly onBroken?: (error: unknown) => void;
  /** Called with a delivery that the database refuses; it is stored as a dead letter with this reason. */
  readonly onRefused?: (refused: Delivery) => void;
}
