import { classifier, type TaskRule } from "../classify.ts";
import { unpackEntry, type Entry, type Outcome, type PackedEntry, type Recorder } from "../ledger.ts";
import type { Connection } from "./database.ts";
import { recordBatch } from "./record.ts";
import { emptyMemory, remember } from "./rollups.ts";
import { promptTransaction } from "./silence.ts";
import { transactionOn } from "./transaction.ts";
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
    const recorded = await promptTransaction(connection, (trx) =>
      recordBatch(transactionOn(trx, connection.bulk), batch.map(unpackEntry), {
        classify,
        seriesMax,
        now: clock(),
        memory,
      }),
    );
    remember(memory, recorded.slots, recorded.seen);
    return recorded.outcomes;
  }

  return { record, isTransient };
}
