import { AppError, driverWords } from "./errors.ts";
import type { Delivery, Entry, LedgerOptions, Outcome, PackedEntry, Recorder, Submission } from "./ledger.ts";
import type { Millis } from "./model.ts";

/** A delivery, or a part of one, that is to be written. */
export interface Waiting {
  readonly delivery: Delivery;
  readonly entry: Entry | PackedEntry;
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
export function takeBatch(queue: Waiting[], deliveries: number, jobs: number): Waiting[] {
  let taken = 0;
  for (let weight = 0; taken < Math.min(queue.length, deliveries); taken++) {
    weight += queue[taken]?.weight ?? 0;
    if (taken > 0 && weight > jobs) break;
  }
  return queue.splice(0, taken);
}

/**
 * Writes a batch; while the database is away it tries again, and gives up on each delivery at its own deadline, also on
 * those that are still queued `behind` the batch.
 */
export async function writeBatch(batch: readonly Waiting[], behind: Waiting[], options: LedgerOptions): Promise<void> {
  let waiting = batch;
  for (let pause = 5; waiting.length > 0; pause = Math.min(pause * 2, 250)) {
    const error = await attempt(waiting, options.recorder);
    if (error === undefined) return;
    options.onError(error, waiting.length);
    if (options.recorder.isBroken?.(error) === true) return void giveUpOnLate(waiting, Infinity, error);
    if (!options.recorder.isTransient(error)) return writeOneByOne(waiting, behind, error, options);
    const now = options.clock();
    waiting = giveUpOnLate(waiting, now, error);
    // The queue is in the order of arrival, so those whose deadline is over stand first.
    const patient = behind.findIndex(({ deadline }) => deadline > now);
    giveUpOnLate(behind.splice(0, patient < 0 ? behind.length : patient), now, error);
    if (waiting.length > 0) await new Promise((resume) => setTimeout(resume, pause));
  }
}

async function attempt(batch: readonly Waiting[], recorder: Recorder): Promise<unknown> {
  try {
    const outcomes = await recorder.record(batch.map(({ entry }) => entry));
    batch.forEach(({ resolve }, i) => resolve(outcomes[i] ?? "accepted"));
    return undefined;
  } catch (error) {
    return error ?? new Error("the store failed without a reason");
  }
}

function giveUpOnLate(batch: readonly Waiting[], now: Millis, cause: unknown): Waiting[] {
  const [late, patient] = [batch.filter((w) => w.deadline <= now), batch.filter((w) => w.deadline > now)];
  for (const { reject } of late) reject(new AppError("unavailable", "the database is not available", { cause }));
  return patient;
}

/** A delivery that the database refuses must not take others with it: it becomes a dead letter, the rest is written. */
async function writeOneByOne(
  batch: readonly Waiting[],
  behind: Waiting[],
  cause: unknown,
  options: LedgerOptions,
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
    const bare: Waiting = { ...only, delivery, entry: { delivery, observations: [] }, refused: true };
    await writeBatch([bare], behind, options);
  } else {
    only?.reject(new AppError("unavailable", "the database refused the delivery", { cause }));
  }
}
