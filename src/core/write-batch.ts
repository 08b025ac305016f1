import { AppError, driverWords } from "./errors.ts";
import type { Millis } from "./time.ts";
import type { Delivery, LedgerOptions, Outcome, Recorder, Submission } from "./delivery.ts";

/** A delivery, or a part of one, that is to be written. */
export interface Waiting<E> {
  readonly delivery: Delivery;
  /** As the recorder keeps it. */
  readonly entry: E;
  /** See `weigh`. */
  readonly weight: number;
  readonly content: Submission["content"];
  /** The database refused it with its observations: what is to be written is the dead letter alone. */
  readonly refused?: true;
  readonly deadline: Millis;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The oldest that wait, up to so many deliveries and jobs, and at least one. */
export function takeBatch<E>(queue: Waiting<E>[], deliveries: number, jobs: number): Waiting<E>[] {
  let taken = 0;
  for (let weight = 0; taken < Math.min(queue.length, deliveries); taken++) {
    weight += queue[taken]?.weight ?? 0;
    if (taken > 0 && weight > jobs) break;
  }
  return queue.splice(0, taken);
}

/**
 * Writes a batch; while the database is away it tries again, and rejects each delivery at its own deadline, also those
 * that are still queued `behind` the batch.
 */
export async function writeBatch<E>(
  batch: readonly Waiting<E>[],
  behind: Waiting<E>[],
  options: LedgerOptions<E>,
): Promise<void> {
  let waiting = batch;
  for (let pause = 5; waiting.length > 0; pause = Math.min(pause * 2, 250)) {
    const error = await attempt(waiting, options.recorder);
    if (error === undefined) return;
    options.onError(error, waiting.length);
    if (options.recorder.isBroken?.(error) === true) return void rejectLate(waiting, Infinity, error);
    if (!options.recorder.isTransient(error)) return writeOneByOne(waiting, behind, error, options);
    const now = options.clock();
    waiting = rejectLate(waiting, now, error);
    // The queue is in the order of arrival, so those whose deadline is over stand first.
    const inTime = behind.findIndex(({ deadline }) => deadline > now);
    rejectLate(behind.splice(0, inTime < 0 ? behind.length : inTime), now, error);
    if (waiting.length > 0) await new Promise((resume) => setTimeout(resume, pause));
  }
}

async function attempt<E>(batch: readonly Waiting<E>[], recorder: Recorder<E>): Promise<unknown> {
  try {
    const outcomes = await recorder.record(batch.map(({ entry }) => entry));
    batch.forEach(({ resolve }, i) => resolve(outcomes[i] ?? "accepted"));
    return undefined;
  } catch (error) {
    return error ?? new Error("the store failed without a reason");
  }
}

function rejectLate<E>(batch: readonly Waiting<E>[], now: Millis, cause: unknown): Waiting<E>[] {
  const [late, others] = [batch.filter((w) => w.deadline <= now), batch.filter((w) => w.deadline > now)];
  for (const { reject } of late) reject(new AppError("unavailable", "the database is not available", { cause }));
  return others;
}

/** A delivery that the database refuses must not take others with it: it becomes a dead letter, the rest is written. */
async function writeOneByOne<E>(
  batch: readonly Waiting<E>[],
  behind: Waiting<E>[],
  cause: unknown,
  options: LedgerOptions<E>,
): Promise<void> {
  const [only] = batch;
  if (batch.length > 1) {
    for (const waiting of batch) await writeBatch([waiting], behind, options);
  } else if (only !== undefined && only.refused !== true) {
    // It may be a dead letter already, of which a part was understood: then its own reason comes first.
    const reasons = [only.delivery.reason, `the database refused it: ${driverWords(cause)}`];
    const reason = reasons.filter((one) => one !== null).join("; ");
    const delivery: Delivery = { ...only.delivery, outcome: "dead_letter", reason, content: only.content() };
    options.onRefused?.(delivery);
    const entry = options.recorder.encode({ delivery, observations: [] });
    const bare: Waiting<E> = { ...only, delivery, entry, refused: true };
    await writeBatch([bare], behind, options);
  } else {
    only?.reject(new AppError("unavailable", "the database refused the delivery", { cause }));
  }
}
