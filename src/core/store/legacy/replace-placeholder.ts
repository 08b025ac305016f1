import { collectorProvider, isSavedJob, placeholderKey } from "../../legacy/saved-pipelines.ts";
import type { CompletionFacts } from "../../completion.ts";
import type { JobObservation, Observation } from "../../model.ts";
import { createCompletionKey } from "../../place-completion.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { Millis } from "../../time.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

/** What GitLab says of a run that was saved before, taken for what was counted when it was saved. */
interface Yielded {
  readonly record: RunRecord;
  /** Ids of saved jobs and the ids that GitLab calls them by. */
  readonly jobs: readonly (readonly [from: string, to: string])[];
  readonly completion: { readonly key: string; readonly order: number } | undefined;
}

/**
 * Lets what was counted for a saved pipeline stand for what GitLab tells of it now, so that it counts once. Renames in
 * the database what it renames in `known`; most batches have nothing of the kind. The caller holds the runs' locks.
 */
export async function replacePlaceholders(
  trx: Transaction,
  observations: readonly Observation[],
  known: ReadonlyMap<string, RunRecord>,
): Promise<ReadonlyMap<string, RunRecord>> {
  let changed: Map<string, RunRecord> | undefined;
  for (const said of observations) {
    if (said.provider !== collectorProvider || said.extension?.saved !== undefined) continue;
    const key = toRunKey(said);
    const record = (changed ?? known).get(key);
    if (record === undefined || !hasSaved(record)) continue;
    const yielded = yieldTo(said, record, await savedAtOf(trx, said));
    if (yielded === undefined) continue;
    (changed ??= new Map(known)).set(key, yielded.record);
    await rename(trx, said, yielded);
  }
  return changed ?? known;
}

function hasSaved({ completions, jobs }: RunRecord): boolean {
  if (completions.has(placeholderKey)) return true;
  for (const job of jobs.keys()) if (isSavedJob(job)) return true;
  return false;
}

async function savedAtOf(trx: Transaction, { source, run }: Observation): Promise<Millis> {
  const [row] = await trx.query(
    `select saved_at from legacy_runs where run_id = (select id from runs where source = ? and native_id = ?)`,
    [source, run],
  );
  return Number(row?.["saved_at"] ?? 0);
}

/** `undefined`: nothing in the record stands in for anything that is said. Pure. */
function yieldTo(said: Observation, record: RunRecord, savedAt: Millis): Yielded | undefined {
  const jobs = pairJobs(said.jobs ?? [], record.jobs);
  const placeholder = record.completions.get(placeholderKey);
  const completion = placeholder === undefined ? undefined : completionFor(said, record, placeholder, savedAt);
  if (jobs.length === 0 && completion === undefined) return undefined;
  const records = new Map(record.jobs);
  for (const [from, to] of jobs) {
    records.set(to, records.get(from) as JobRecord);
    records.delete(from);
  }
  const completions = new Map(record.completions);
  if (placeholder !== undefined && completion !== undefined) {
    completions.delete(placeholderKey);
    completions.set(completion.key, { ...placeholder, order: completion.order });
  }
  return { record: { ...record, jobs: records, completions }, jobs, completion };
}

/**
 * Which attempt of GitLab's the saved one was: one of the same result, or the one that went on when it was saved. An
 * attempt that was over by then, with another result, is not what was saved.
 */
function completionFor(
  said: Observation,
  { completions }: RunRecord,
  placeholder: CompletionFacts,
  savedAt: Millis,
): Yielded["completion"] {
  const { facts, version } = said;
  const key = createCompletionKey(said);
  const result = said.completedAs ?? facts.result;
  const finishedAt = said.end === "earlier" ? null : facts.finishedAt;
  if (key === undefined || result === undefined || result === null || completions.has(key)) return undefined;
  const wasOver = (finishedAt ?? Infinity) < savedAt;
  return result !== placeholder.result && wasOver ? undefined : { key, order: version.epoch };
}

/** GitLab's jobs that are not known yet, each with the saved job that it was. */
function pairJobs(said: readonly JobObservation[], known: ReadonlyMap<string, JobRecord>): Yielded["jobs"] {
  const saved = [...known].filter(([job]) => isSavedJob(job));
  if (saved.length === 0) return [];
  const pairs: (readonly [string, string])[] = [];
  for (const job of said) {
    if (known.has(job.job)) continue;
    const likeness = saved.map(([, { folded: other }]) => likenessOf(job, other));
    const best = Math.max(...likeness);
    const [pair] = best > 0 ? saved.splice(likeness.indexOf(best), 1) : [];
    if (pair !== undefined) pairs.push([pair[0], job.job]);
  }
  return pairs;
}

/**
 * How well a job that GitLab tells of and a saved one of the same name go together; 0: not at all. A job that still
 * runs, and whose start is not known, may be any of the saved attempts: the failed ones came first.
 */
function likenessOf({ facts, startedAt }: JobObservation, saved: JobRecord["folded"]): number {
  if (facts.name !== saved.facts.name) return 0;
  const { startedAt: savedStart } = saved;
  // GitLab tells of whole seconds in one hook and of milliseconds in another.
  if (
    startedAt !== undefined &&
    savedStart !== undefined &&
    Math.floor(startedAt / 1000) === Math.floor(savedStart / 1000)
  )
    return 4;
  const result = facts.result ?? null;
  if (result !== null) return result === saved.facts.result ? 3 : 0;
  return saved.facts.result === "failure" ? 2 : 1;
}

async function rename(trx: Transaction, { source, run }: Observation, { jobs, completion }: Yielded): Promise<void> {
  const ofRun = "run_id = (select id from runs where source = ? and native_id = ?)";
  for (const [from, to] of jobs) {
    await trx.query(`update jobs set native_id = ? where native_id = ? and ${ofRun}`, [to, from, source, run]);
    await trx.query(`update job_completions set key = ? where key = ? and ${ofRun}`, [to, from, source, run]);
    await trx.query(`update legacy_jobs set job = ? where job = ? and ${ofRun}`, [to, from, source, run]);
  }
  if (completion === undefined) return;
  const { key, order } = completion;
  await trx.query(`update run_completions set key = ?, attempt_order = ? where key = ? and ${ofRun}`, [
    key,
    order,
    placeholderKey,
    source,
    run,
  ]);
}
