import type { Observation } from "../../model.ts";
import type { Transaction } from "../db/transaction.ts";
import { saveCollectorColumns } from "../legacy/collector-columns.ts";
import { takesSavedSteps, type CollectorMode } from "../legacy/collector-mode.ts";
import { matchSavedRuns } from "../legacy/match-saved-run.ts";
import { replacePlaceholders } from "../legacy/replace-placeholder.ts";
import type { RunRecord } from "../../run-record.ts";

export type RunRecords = ReadonlyMap<string, RunRecord>;

/** What an older tool adds to the transaction of a batch. Runs are called by their `toRunKey`. */
export interface RecordStep {
  /** Whether a batch takes the step at all. Throws where something must be written first, in a transaction of its own. */
  readonly isTaken: (mode: CollectorMode, observations: readonly Observation[]) => boolean;
  /** Before the runs are locked: may give observations to other runs. */
  readonly beforeLock: (trx: Transaction, observations: readonly Observation[]) => Promise<readonly Observation[]>;
  /** The runs are locked and read: may change what is known of them. */
  readonly afterLock: (
    trx: Transaction,
    observations: readonly Observation[],
    known: RunRecords,
  ) => Promise<RunRecords>;
  /** The runs are written. `known`: those that were there before; `ids`: those that are there now. */
  readonly afterSave: (
    trx: Transaction,
    observations: readonly Observation[],
    known: RunRecords,
    ids: ReadonlyMap<string, number>,
  ) => Promise<void>;
}

/** Pipelines that the senders of the old pipeline collector save. */
export const savedPipelineStep: RecordStep = {
  isTaken: takesSavedSteps,
  beforeLock: matchSavedRuns,
  afterLock: replacePlaceholders,
  afterSave: saveCollectorColumns,
};
