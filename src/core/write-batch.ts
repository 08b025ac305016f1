import { AppError, readDriverMessage } from "./errors.ts";
import type { Millis } from "./time.ts";
import type { Delivery, LedgerOptions, Recorded, Submission } from "./delivery.ts";
import type { WatchedWrite, WriteWatch } from "./watch-writes.ts";

/** A delivery, or a part of one, that is to be written. */
export interface QueuedDelivery<E> {
  /** As the recorder encoded it. */
  readonly entry: E;
  /** See `weigh`. */
  readonly weight: number;
  /** Returns the parts of a dead letter; parses a request that is not parsed yet. */
  readonly parse: () => Pick<Submission, "delivery" | "content">;
  /** The database refused it with its observations: only its dead letter is written. */
  readonly refused?: true;
  readonly deadline: Millis;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/** What the ledger was created with, and what it observes of its writes. */
export interface WriteOptions<E> extends LedgerOptions<E> {
  readonly watch: WriteWatch;
}

/** Takes the oldest from the queue, up to so many deliveries and jobs, and at least one. */
export function takeBatch<E>(queue: QueuedDelivery<E>[], deliveries: number, jobs: number): QueuedDelivery<E>[] {
  let taken = 0;
  for (let weight = 0; taken < Math.min(queue.length, deliveries); taken++) {
    weight += queue[taken]?.weight ?? 0;
    if (taken > 0 && weight > jobs) break;
  }
  return queue.splice(0, taken);
}

/**
 * Writes a batch. While the database is not reachable it retries, and rejects each delivery at its own deadline, also those
 * that are still queued `behind` the batch.
 */
export async function writeBatch<E>(
  batch: readonly QueuedDelivery<E>[],
  behind: QueuedDelivery<E>[],
  options: WriteOptions<E>,
): Promise<void> {
  let remaining = batch;
  for (let pause = 5; remaining.length > 0; pause = Math.min(pause * 2, 250)) {
    const error = await attempt(remaining, options);
    if (error === undefined) return;
    options.onError(error, remaining.length);
    if (options.recorder.isBroken?.(error) === true) return void rejectLate(remaining, Infinity, error);
    if (!options.recorder.isTransient(error)) return writeOneByOne(remaining, behind, error, options);
    const now = options.clock();
    remaining = rejectLate(remaining, now, error);
    // The queue is in the order of arrival, so those whose deadline has passed come first.
    const inTime = behind.findIndex(({ deadline }) => deadline > now);
    rejectLate(behind.splice(0, inTime < 0 ? behind.length : inTime), now, error);
    if (remaining.length > 0) await new Promise((resume) => setTimeout(resume, pause));
  }
}

async function attempt<E>(batch: readonly QueuedDelivery<E>[], { recorder, watch }: WriteOptions<E>): Promise<unknown> {
  let write: WatchedWrite | undefined;
  try {
    write = watch.begin();
    const outcomes = await recorder.record(batch.map(({ entry }) => entry));
    write.succeed();
    batch.forEach(({ resolve }, i) => resolve(outcomes[i] ?? "accepted"));
    return undefined;
  } catch (error) {
    write?.fail(error);
    return error ?? new Error("the store failed without a reason");
  }
}

function rejectLate<E>(batch: readonly QueuedDelivery<E>[], now: Millis, cause: unknown): QueuedDelivery<E>[] {
  const [late, others] = [batch.filter((w) => w.deadline <= now), batch.filter((w) => w.deadline > now)];
  for (const { reject } of late) reject(new AppError("unavailable", "the database is not available", { cause }));
  return others;
}

/** Finds the delivery that the database refuses: it becomes a dead letter, and the others are written. */
async function writeOneByOne<E>(
  batch: readonly QueuedDelivery<E>[],
  behind: QueuedDelivery<E>[],
  cause: unknown,
  options: WriteOptions<E>,
): Promise<void> {
  const [only] = batch;
  if (batch.length > 1) {
    for (const queued of batch) await writeBatch([queued], behind, options);
  } else if (only !== undefined && only.refused !== true) {
    const { delivery, content } = only.parse();
    // It may be a dead letter already, with some observations that were understood: then its own reason comes first.
    const reasons = [delivery.reason, `the database refused it: ${readDriverMessage(cause)}`];
    const reason = reasons.filter((one) => one !== null).join("; ");
    const refused: Delivery = { ...delivery, outcome: "dead_letter", reason, content: content() };
    options.onRefused?.(refused);
    const entry = options.recorder.encode({ delivery: refused, observations: [] });
    const bare: QueuedDelivery<E> = { ...only, entry, refused: true };
    await writeBatch([bare], behind, options);
  } else {
    only?.reject(new AppError("unavailable", "the database refused the delivery", { cause }));
  }
}
