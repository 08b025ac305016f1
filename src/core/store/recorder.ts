import { classifier, type TaskRule } from "../classify.ts";
import { unpackEntry, type Entry, type Outcome, type PackedEntry, type Recorder } from "../ledger.ts";
import type { Connection } from "./database.ts";
import { recordBatch } from "./record.ts";
import { emptyMemory, remember } from "./rollups.ts";
import { promptTransaction } from "./silence.ts";
import { sqliteTransaction } from "./sqlite-transaction.ts";
import { transactionOn, type Transaction } from "./transaction.ts";
import { isTransient } from "./transient.ts";

export interface RecorderOptions {
  readonly seriesMax: number;
  readonly taskRules: readonly TaskRule[];
}

/** Writes batches on this connection, each in one transaction. */
export function recorderOn(connection: Connection, options: RecorderOptions, clock: () => number): Recorder {
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

  return { record, isTransient };
}

function transaction<T>(connection: Connection, work: (trx: Transaction) => Promise<T>): Promise<T> {
  if (connection.engine === "sqlite") return sqliteTransaction(connection, work);
  return promptTransaction(connection.knex, (trx) => work(transactionOn(trx, connection.bulk)));
}
