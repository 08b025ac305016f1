import { classifier, type TaskRule } from "../classify.ts";
import { unpackEntry, type Entry, type Outcome, type PackedEntry, type Recorder } from "../ledger.ts";
import type { Millis } from "../model.ts";
import type { Connection } from "./database.ts";
import { requireDurableCommit } from "./durability.ts";
import { patiently } from "./maintenance.ts";
import { recordBatch } from "./record.ts";
import { releaseBatch } from "./release.ts";
import { emptyMemory, remember } from "./rollups.ts";
import { promptTransaction } from "./silence.ts";
import { sqliteTransaction } from "./sqlite-transaction.ts";
import { transactionOn, type Transaction } from "./transaction.ts";
import { isTransient } from "./transient.ts";

export interface RecorderOptions {
  readonly seriesMax: number;
  readonly taskRules: readonly TaskRule[];
}

/** A recorder that can also end the wait of jobs for their run's name. */
export interface StoreRecorder extends Recorder {
  /** Counts what waits since before `before`. Returns of how many runs. */
  release(before: Millis): Promise<number>;
}

/** Writes batches on this connection, each in one transaction. */
export function recorderOn(connection: Connection, options: RecorderOptions, clock: () => number): StoreRecorder {
  const classify = classifier(options.taskRules);
  const memory = emptyMemory();

  async function record(batch: readonly (Entry | PackedEntry)[]): Promise<readonly Outcome[]> {
    const { seriesMax } = options;
    const recorded = await transaction(connection, (trx) =>
      recordBatch(trx, batch.map(unpackEntry), { classify, seriesMax, now: clock(), memory }),
    );
    remember(memory, recorded.slots, recorded.seen);
    return recorded.outcomes;
  }

  async function release(before: Millis): Promise<number> {
    const { seriesMax } = options;
    let total = 0;
    for (;;) {
      const { runs, slots, seen } = await patiently(() =>
        transaction(connection, (trx) => releaseBatch(trx, before, { seriesMax, now: clock(), memory })),
      );
      remember(memory, slots, seen);
      total += runs;
      if (runs === 0) return total;
      // Room for deliveries between two batches.
      await new Promise(setImmediate);
    }
  }

  return { record, release, isTransient };
}

function transaction<T>(connection: Connection, work: (trx: Transaction) => Promise<T>): Promise<T> {
  if (connection.engine === "sqlite") return sqliteTransaction(connection, work);
  return promptTransaction(connection.knex, async (knexTrx) => {
    const trx = transactionOn(knexTrx, connection.bulk);
    await requireDurableCommit(trx);
    return work(trx);
  });
}
