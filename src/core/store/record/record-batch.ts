import type { ClassifyTask } from "../../task-type.ts";
import type { Observation } from "../../model.ts";
import { applyObservation } from "../../apply-observation.ts";
import { addUp, resolveChanges, type RunChange, type SeriesOptions } from "./count-changes.ts";
import { recordDeliveries } from "./deliveries.ts";
import type { RecordStep } from "./steps.ts";
import { readCollectorMode } from "../legacy/collector-mode.ts";
import { readRecords } from "./read-records.ts";
import { saveJobs, saveRuns, type ChangedJob } from "./runs.ts";
import type { RunIdentity } from "../db/rows.ts";
import { lockByServer } from "./servers.ts";
import type { Learned } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { Entry, Outcome } from "../../delivery.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

export interface RecordOptions extends SeriesOptions {
  readonly classify: ClassifyTask;
  readonly step: RecordStep;
}

/** What a transaction learned that may be remembered once it is committed. */
export interface Recorded extends Learned {
  readonly outcomes: Outcome[];
}

/** Everything one batch of deliveries does to the database. The caller commits. */
export async function recordBatch(
  trx: Transaction,
  batch: readonly Entry[],
  options: RecordOptions,
): Promise<Recorded> {
  const { outcomes, collectorMode } = await recordDeliveries(trx, batch);
  const said = batch.flatMap((entry, i) => (outcomes[i] === "duplicate" ? [] : entry.observations));
  if (said.length === 0) return { outcomes, targets: new Map(), seen: [], cuts: [] };

  const { now, classify } = options;
  const mode = collectorMode ?? (await readCollectorMode(trx));
  const step = options.step.isTaken(mode, said) ? options.step : undefined;
  const matched = step === undefined ? said : await step.beforeLock(trx, said);
  const { observations, identities, rows } = await lockByServer(trx, matched, now);
  const read = await readRecords(trx, rows, observations);
  const known = step === undefined ? read : await step.afterLock(trx, observations, read);
  const { changes, records } = applyAll(observations, known, classify);
  const series = await resolveChanges(trx, changes, options);
  const runs = [...records].map(([key, record]) => ({ identity: identities.get(key) as RunIdentity, record }));
  const ids = await saveRuns(trx, runs, now);
  await saveJobs(trx, changedJobs(changes, records, ids));
  await step?.afterSave(trx, observations, known, ids);
  await addUp(trx, changes, { ids, stored: known, findTarget: series.findTarget });
  return { outcomes, targets: series.targets, seen: series.seen, cuts: series.cuts };
}

function applyAll(
  observations: readonly Observation[],
  known: ReadonlyMap<string, RunRecord>,
  classify: ClassifyTask,
): { changes: RunChange[]; records: Map<string, RunRecord> } {
  const records = new Map<string, RunRecord>();
  const changes = observations.map((said) => {
    const run = toRunKey(said);
    const change = applyObservation(records.get(run) ?? known.get(run), said, classify);
    records.set(run, change.record);
    return { run, change };
  });
  return { changes, records };
}

function changedJobs(
  changes: readonly RunChange[],
  records: ReadonlyMap<string, RunRecord>,
  ids: ReadonlyMap<string, number>,
): ChangedJob[] {
  const changed = new Map<string, Set<string>>();
  for (const { run, change } of changes) {
    const jobs = changed.get(run);
    if (jobs === undefined) changed.set(run, new Set(change.changedJobs));
    else for (const job of change.changedJobs) jobs.add(job);
  }
  const all: ChangedJob[] = [];
  for (const [run, jobs] of changed) {
    const known = records.get(run)?.jobs;
    for (const job of jobs) all.push({ runId: ids.get(run) as number, job, record: known?.get(job) as JobRecord });
  }
  return all;
}
