import { collectorProvider, isSavedJob, placeholderKey } from "../../legacy/saved-pipelines.ts";
import type { CompletionFacts } from "../../completion.ts";
import type { JobObservation, Observation } from "../../model.ts";
import { createCompletionKey } from "../../place-completion.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { Millis } from "../../time.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

/** A stored run after GitLab's jobs and completion have replaced the saved ones, which were counted already. */
interface Replacement {
  readonly record: RunRecord;
  /** Ids of saved jobs, and GitLab's ids of the same jobs. */
  readonly jobs: readonly (readonly [from: string, to: string])[];
  readonly completion: { readonly key: string; readonly order: number } | undefined;
}

/**
 * Gives the jobs and the completion that were counted for a saved pipeline the ids that GitLab reports now, so that they count
 * once. It renames them in `stored` and in the database; most batches have none. The caller holds the runs' locks.
 */
export async function replacePlaceholders(
  trx: Transaction,
  observations: readonly Observation[],
  stored: ReadonlyMap<string, RunRecord>,
): Promise<ReadonlyMap<string, RunRecord>> {
  let changed: Map<string, RunRecord> | undefined;
  for (const observation of observations) {
    if (observation.provider !== collectorProvider || observation.extension?.saved !== undefined) continue;
    const key = toRunKey(observation);
    const record = (changed ?? stored).get(key);
    if (record === undefined || !hasSaved(record)) continue;
    const replacement = findReplacement(observation, record, await readSavedAt(trx, observation));
    if (replacement === undefined) continue;
    (changed ??= new Map(stored)).set(key, replacement.record);
    await rename(trx, observation, replacement);
  }
  return changed ?? stored;
}

function hasSaved({ completions, jobs }: RunRecord): boolean {
  if (completions.has(placeholderKey)) return true;
  for (const job of jobs.keys()) if (isSavedJob(job)) return true;
  return false;
}

async function readSavedAt(trx: Transaction, { source, run }: Observation): Promise<Millis> {
  const [row] = await trx.query(
    `select saved_at from legacy_runs where run_id = (select id from runs where source = ? and native_id = ?)`,
    [source, run],
  );
  return Number(row?.["saved_at"] ?? 0);
}

/** Finds the saved jobs and the placeholder to which an observation belongs; `undefined`: none. Pure. */
function findReplacement(observation: Observation, record: RunRecord, savedAt: Millis): Replacement | undefined {
  const jobs = pairJobs(observation.jobs ?? [], record.jobs);
  const placeholder = record.completions.get(placeholderKey);
  const completion = placeholder === undefined ? undefined : matchCompletion(observation, record, placeholder, savedAt);
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
 * Whether the placeholder belongs to the attempt of this observation: an attempt with the same result, or the one that was
 * running when the pipeline was saved. An attempt that was over by then, with another result, is a different one.
 */
function matchCompletion(
  observation: Observation,
  { completions }: RunRecord,
  placeholder: CompletionFacts,
  savedAt: Millis,
): Replacement["completion"] {
  const { facts, version } = observation;
  const key = createCompletionKey(observation);
  const result = observation.completedAs ?? facts.result;
  const finishedAt = observation.end === "earlier" ? null : facts.finishedAt;
  if (key === undefined || result === undefined || result === null || completions.has(key)) return undefined;
  const wasOver = (finishedAt ?? Infinity) < savedAt;
  return result !== placeholder.result && wasOver ? undefined : { key, order: version.epoch };
}

/** Pairs GitLab's jobs that are not stored yet with saved jobs. */
function pairJobs(
  observations: readonly JobObservation[],
  stored: ReadonlyMap<string, JobRecord>,
): Replacement["jobs"] {
  const saved = [...stored].filter(([job]) => isSavedJob(job));
  if (saved.length === 0) return [];
  const pairs: (readonly [string, string])[] = [];
  for (const job of observations) {
    if (stored.has(job.job)) continue;
    const scores = saved.map(([, { folded: other }]) => scoreMatch(job, other));
    const best = Math.max(...scores);
    const [pair] = best > 0 ? saved.splice(scores.indexOf(best), 1) : [];
    if (pair !== undefined) pairs.push([pair[0], job.job]);
  }
  return pairs;
}

/**
 * Scores how well a job from GitLab matches a saved one of the same name; 0: not at all. A job that still runs and has no
 * known start may be any of the saved attempts: the failed ones came first.
 */
function scoreMatch({ facts, startedAt }: JobObservation, saved: JobRecord["folded"]): number {
  if (facts.name !== saved.facts.name) return 0;
  const { startedAt: savedStart } = saved;
  // GitLab sends whole seconds in one hook and milliseconds in another.
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

async function rename(
  trx: Transaction,
  { source, run }: Observation,
  { jobs, completion }: Replacement,
): Promise<void> {
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
