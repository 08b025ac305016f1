import type { Observation } from "../../model.ts";
import type { Transaction } from "../db/transaction.ts";
import { saveCollectorColumns } from "../legacy/collector-columns.ts";
import { takesSavedSteps, type CollectorMode } from "../legacy/collector-mode.ts";
import { matchSavedRuns } from "../legacy/match-saved-run.ts";
import { replacePlaceholders } from "../legacy/replace-placeholder.ts";
import type { RunRecord } from "../../run-record.ts";

export type RunRecords = ReadonlyMap<string, RunRecord>;

/** The part of a batch's transaction for an older tool. Runs are identified by `toRunKey`. */
export interface RecordStep {
  /** Whether a batch takes the step at all. Throws where something must be written first, in a transaction of its own. */
  readonly isTaken: (mode: CollectorMode, observations: readonly Observation[]) => boolean;
  /** Called before the runs are locked: may move observations to other runs. */
  readonly beforeLock: (trx: Transaction, observations: readonly Observation[]) => Promise<readonly Observation[]>;
  /** Called when the runs are locked and read: may change their stored state. */
  readonly afterLock: (
    trx: Transaction,
    observations: readonly Observation[],
    stored: RunRecords,
  ) => Promise<RunRecords>;
  /** Called when the runs are written. `stored`: those that were stored before; `ids`: those that are stored now. */
  readonly afterSave: (
    trx: Transaction,
    observations: readonly Observation[],
    stored: RunRecords,
    ids: ReadonlyMap<string, number>,
  ) => Promise<void>;
}

/** The step for pipelines that senders of the old pipeline collector save. */
export const savedPipelineStep: RecordStep = {
  isTaken: takesSavedSteps,
  beforeLock: matchSavedRuns,
  afterLock: replacePlaceholders,
  afterSave: saveCollectorColumns,
};
