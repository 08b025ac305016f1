import type { CodeEvent } from "../../code-event.ts";
import type { ClassifyTask } from "../../task-type.ts";
import type { Observation } from "../../model.ts";
import { applyObservation } from "../../apply-observation.ts";
import { saveCodeEvents } from "./code-events.ts";
import { addUp, resolveChanges, type RunChange, type SeriesOptions } from "./count-changes.ts";
import { recordDeliveries } from "./deliveries.ts";
import type { RecordStep } from "./steps.ts";
import { readCollectorMode } from "../legacy/collector-mode.ts";
import { readRecords } from "./read-records.ts";
import { nameRunners, type RunnerClasses } from "./runner-classes.ts";
import { saveJobs, saveRuns, type ChangedJob } from "./runs.ts";
import type { RunIdentity } from "../db/rows.ts";
import { lockByServer } from "./servers.ts";
import type { CacheUpdate } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { Entry, Outcome } from "../../delivery.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

export interface RecordOptions extends SeriesOptions {
  readonly classify: ClassifyTask;
  readonly classifyRunner: (labels: string) => string;
  readonly runnerClasses: RunnerClasses;
  readonly step: RecordStep;
  readonly partitioned: boolean;
}

/** The outcomes of a batch, and what may be cached once it is committed. */
export interface RecordedBatch extends CacheUpdate {
  readonly outcomes: Outcome[];
  readonly runnerClasses: RunnerClasses;
}

/** Writes one batch of deliveries to the database. The caller commits. */
export async function recordBatch(
  trx: Transaction,
  batch: readonly Entry[],
  options: RecordOptions,
): Promise<RecordedBatch> {
  const { outcomes, collectorMode } = await recordDeliveries(trx, batch, options.partitioned);
  const reported = batch.flatMap((entry, i) => (outcomes[i] === "duplicate" ? [] : entry.observations));
  const { now, classify, classifyRunner, runnerClasses, shard } = options;
  const codeEvents = listCodeEvents(batch, outcomes);
  if (codeEvents.length > 0) await saveCodeEvents(trx, codeEvents, now);
  if (reported.length === 0) return { outcomes, runnerClasses, targets: new Map(), seen: [], cuts: [] };

  const mode = collectorMode ?? (await readCollectorMode(trx));
  const step = options.step.isTaken(mode, reported) ? options.step : undefined;
  const matched = step === undefined ? reported : await step.beforeLock(trx, reported);
  const named = await nameRunners(trx, matched, classifyRunner, runnerClasses, now);
  const { observations, identities, runs: locked } = await lockByServer(trx, named.observations, options.partitioned);
  const read = await readRecords(trx, locked.rows, observations);
  const stored = step === undefined ? read : await step.afterLock(trx, observations, read);
  const { changes, records } = applyAll(observations, stored, classify);
  const { findTarget, ...update } = await resolveChanges(trx, changes, options);
  const runs = [...records].map(([key, record]) => ({ identity: identities.get(key) as RunIdentity, record }));
  const ids = await saveRuns(trx, runs, locked, now);
  await saveJobs(trx, listChangedJobs(changes, { stored, records, ids }));
  await step?.afterSave(trx, observations, stored, ids);
  await addUp(trx, changes, { ids, stored, findTarget, shard });
  return { ...update, outcomes, runnerClasses: named.classes };
}

/** Nearly every batch has none. */
function listCodeEvents(batch: readonly Entry[], outcomes: readonly Outcome[]): readonly CodeEvent[] {
  const all: CodeEvent[] = [];
  for (const [i, { codeEvents }] of batch.entries())
    if (codeEvents !== undefined && outcomes[i] !== "duplicate") all.push(...codeEvents);
  return all;
}

function applyAll(
  observations: readonly Observation[],
  stored: ReadonlyMap<string, RunRecord>,
  classify: ClassifyTask,
): { changes: RunChange[]; records: Map<string, RunRecord> } {
  const records = new Map<string, RunRecord>();
  const changes = observations.map((observation) => {
    const run = toRunKey(observation);
    const change = applyObservation(records.get(run) ?? stored.get(run), observation, classify);
    records.set(run, change.record);
    return { run, change };
  });
  return { changes, records };
}

/** By run key: the records before, those of now, and ids. */
interface SavedRuns {
  readonly stored: ReadonlyMap<string, RunRecord>;
  readonly records: ReadonlyMap<string, RunRecord>;
  readonly ids: ReadonlyMap<string, number>;
}

function listChangedJobs(changes: readonly RunChange[], { stored, records, ids }: SavedRuns): ChangedJob[] {
  const changed = new Map<string, ReadonlySet<string>>();
  for (const { run, change } of changes) {
    const jobs = changed.get(run);
    changed.set(run, jobs === undefined ? change.changedJobs : new Set([...jobs, ...change.changedJobs]));
  }
  const all: ChangedJob[] = [];
  for (const [run, jobs] of changed) {
    const [runId, saved, isNewRun] = [ids.get(run) as number, records.get(run)?.jobs, !stored.has(run)];
    for (const job of jobs) all.push({ runId, job, record: saved?.get(job) as JobRecord, isNewRun });
  }
  return all;
}
