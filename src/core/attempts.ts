import { isSavedJob } from "./legacy/saved-pipelines.ts";
import type { CompletionFacts } from "./completion.ts";
import type { Observation } from "./model.ts";
import type { RunResult } from "./states.ts";
import { findReplaced } from "./replaced-job.ts";
import type { JobRecord, RunRecord } from "./run-record.ts";

const failed: ReadonlySet<RunResult> = new Set(["failure", "error", "timeout"]);
/** Results after which a run ends again only when somebody restarts it. */
const restartable: ReadonlySet<RunResult> = new Set([...failed, "cancellation"]);

/**
 * Counts the attempts of a run and its restarts. Both are derived from sets that only grow (completions, ids of jobs), so
 * neither depends on the order of the deliveries.
 */
export function countAttempts(
  observation: Observation,
  before: RunRecord | undefined,
  newestRetry: number | undefined,
  completions: ReadonlyMap<string, CompletionFacts>,
): { attempt: number; restarts: number } {
  const superseded = observation.retriesByName === true ? countSuperseded(completions, newestRetry ?? 0) : 0;
  const attempt = Math.max(before?.attempt ?? 1, observation.attempt ?? 1, superseded + 1);
  const repeats = (observation.facts.restartOf ?? before?.folded.facts.restartOf ?? null) === null ? 0 : 1;
  return { attempt, restarts: Math.max(before?.restarts ?? 0, attempt - 1 + repeats) };
}

/**
 * Counts attempts that another one followed: a job was retried after them, or they failed or were cancelled and the run
 * ended once more with the same jobs. Only a restart leads out of a failure: GitLab sets the trigger job of the parent
 * back to pending when somebody retries its child pipeline, and that job is in no payload
 * (gitlabhq app/services/ci/retry_pipeline_service.rb, `reset_source_bridge!`).
 */
function countSuperseded(completions: ReadonlyMap<string, CompletionFacts>, newestRetry: number): number {
  const latest = new Map<number, CompletionFacts>();
  for (const end of completions.values()) {
    const other = latest.get(end.order);
    if (other === undefined || isLater(end, other)) latest.set(end.order, end);
  }
  let superseded = 0;
  for (const order of latest.keys()) if (order < newestRetry) superseded++;
  for (const end of completions.values()) {
    if (restartable.has(end.result) && isLater(latest.get(end.order) ?? end, end)) superseded++;
  }
  return superseded;
}

/** The greatest id of a job that replaced another of the same name: what finished before that job existed was restarted. */
export function findNewestRetry(
  observation: Observation,
  before: RunRecord | undefined,
  jobs: { readonly records: ReadonlyMap<string, JobRecord>; readonly newestRetry: number },
): number | undefined {
  const stored = before === undefined ? 0 : before.newestRetry;
  if (stored !== undefined) return Math.max(stored, jobs.newestRetry);
  return observation.retriesByName === true ? findReplaced(jobs.records).newestRetry : undefined;
}

/**
 * The value to store for later deliveries. `undefined` while jobs of a saved pipeline are among the run's, because the
 * webhook's delivery replaces their ids.
 */
export function keepNewestRetry(
  newestRetry: number | undefined,
  observation: Observation,
  before: RunRecord | undefined,
  jobs: ReadonlyMap<string, JobRecord>,
): number | undefined {
  const mayHold =
    observation.extension?.saved !== undefined || (before !== undefined && before.newestRetry === undefined);
  return mayHold && [...jobs.keys()].some(isSavedJob) ? undefined : newestRetry;
}

/** Whether a run failed and succeeded later. */
export function hasRecovered(completions: ReadonlyMap<string, CompletionFacts>): boolean {
  let first: CompletionFacts | undefined;
  for (const end of completions.values()) {
    if (failed.has(end.result) && (first === undefined || isLater(first, end))) first = end;
  }
  if (first === undefined) return false;
  for (const end of completions.values()) if (end.result === "success" && isLater(end, first)) return true;
  return false;
}

/** An end without a time was proven by the delivery of a later end; it counts as the last of its attempt. */
function isLater(a: CompletionFacts, b: CompletionFacts): boolean {
  if (a.order !== b.order) return a.order > b.order;
  return (a.finishedAt ?? Infinity) > (b.finishedAt ?? Infinity);
}
