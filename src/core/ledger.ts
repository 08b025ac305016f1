import { AppError } from "./errors.ts";
import { describeSubmission } from "./describe-submission.ts";
import { estimateWeight, splitEntry, weigh } from "./split-entry.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { watchWrites } from "./watch-writes.ts";
import { withTimeout } from "./with-timeout.ts";
import type { Millis } from "./time.ts";
import type { Entry, LedgerOptions, Outcome, Receipt, UnparsedRequest, Submission } from "./delivery.ts";

export interface Ledger {
  /**
   * Resolves after the commit. Rejects with `unavailable` when the queue is full or the database is not reachable, and at
   * the latest a second after the timeout, even if the database neither responds nor fails.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** The same for a request that is not parsed yet. Rejects with `unsupported` for a format that the provider never sends. */
  receive(received: UnparsedRequest): Promise<Receipt>;
  /** Deliveries waiting or being written. */
  size(): number;
  /** False while the latest attempt to write has failed, or does not end. */
  isWritable(): boolean;
  /** Resolves when nothing is waiting; later submissions are refused. */
  drain(): Promise<void>;
}

/** How much later than its timeout the ledger rejects, at the latest. With the server's timeout it stays below 10 s. */
export const marginMillis = 1000;

/** Every promise of a ledger settles after the commit; see delivery-queue.ts for how deliveries share one. */
export function createLedger<E>(options: LedgerOptions<E>): Ledger {
  const { recorder, queueMax, timeoutMillis, clock, batchJobsMax = Number.MAX_SAFE_INTEGER } = options;
  const watch = watchWrites(recorder.isBroken, clock, options.onBroken);
  const queue = createDeliveryQueue({ ...options, watch });
  const unanswered = new Set<Promise<unknown>>();
  let closed = false;

  function write({ delivery, observations, codeEvents, content }: Submission, deadline: Millis): Promise<Outcome> {
    const parse = () => ({ delivery, content });
    // The recorder resolves an entry to its outcome, see `Recorder`.
    const enqueue = (entry: Entry) =>
      queue.enqueue({ entry: recorder.encode(entry), weight: weigh(entry), parse, deadline }) as Promise<Outcome>;
    const [first, ...others] = splitEntry({ delivery, observations, ...(codeEvents && { codeEvents }) }, batchJobsMax);
    const outcome = enqueue(first);
    return others.length === 0 ? outcome : writeInTurn(outcome, others, enqueue);
  }

  /** Not async, so that the parsed observations are not referenced while the delivery waits. */
  function writeParsed({ parse }: UnparsedRequest, recorded: Outcome | "postponed", deadline: Millis) {
    const submission = parse();
    const outcome = recorded === "postponed" ? write(submission, deadline) : recorded;
    return { ...describeSubmission(submission), outcome };
  }

  async function writeUnparsed(received: UnparsedRequest, deadline: Millis): Promise<Receipt> {
    const { body, parse } = received;
    const entry = recorder.encodeUnparsed?.(received);
    const recorded =
      entry === undefined ? "postponed" : await queue.enqueue({ entry, weight: estimateWeight(body), parse, deadline });
    if (typeof recorded === "object") return recorded;
    const { outcome, ...receipt } = writeParsed(received, recorded, deadline);
    return { ...receipt, outcome: await outcome };
  }

  /** Rejects a delivery when the queue is full, and one that is not committed in time. */
  function limitTime<T>(submit: (deadline: Millis) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new AppError("unavailable", "the server is shutting down"));
    if (unanswered.size >= queueMax) return Promise.reject(new AppError("unavailable", "the queue is full"));
    const written = submit(clock() + timeoutMillis);
    unanswered.add(written);
    const answered = written.finally(() => unanswered.delete(written));
    return withTimeout(answered, timeoutMillis + marginMillis, createTimeoutError);
  }

  return {
    submit: (submission) => limitTime((deadline) => write(submission, deadline)),
    receive: (received) => limitTime((deadline) => writeUnparsed(received, deadline)),
    size: () => unanswered.size,
    isWritable: watch.isWritable,
    async drain() {
      closed = true;
      // Between two parts of a delivery no worker may be running, so both are awaited.
      await Promise.allSettled(unanswered);
      await queue.idle();
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
