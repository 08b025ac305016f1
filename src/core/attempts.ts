import { isSavedJob } from "./legacy/saved-pipelines.ts";
import type { CompletionFacts } from "./completion.ts";
import type { Observation } from "./model.ts";
import type { RunResult } from "./states.ts";
import type { JobRecord, RunRecord } from "./run-record.ts";

const failed: ReadonlySet<RunResult> = new Set(["failure", "error", "timeout"]);
/** What a run can only leave by being started again. */
const restartable: ReadonlySet<RunResult> = new Set([...failed, "cancellation"]);

/**
 * How many attempts a run had, and how many of them are restarts: derived from sets that only grow (completions, ids of
 * jobs), so that neither depends on the order in which deliveries came.
 */
export function countAttempts(
  said: Observation,
  before: RunRecord | undefined,
  newestRetry: number | undefined,
  completions: ReadonlyMap<string, CompletionFacts>,
): { attempt: number; restarts: number } {
  const superseded = said.retriesByName === true ? countSuperseded(completions, newestRetry ?? 0) : 0;
  const attempt = Math.max(before?.attempt ?? 1, said.attempt ?? 1, superseded + 1);
  const repeats = (said.facts.restartOf ?? before?.known.facts.restartOf ?? null) === null ? 0 : 1;
  return { attempt, restarts: Math.max(before?.restarts ?? 0, attempt - 1 + repeats) };
}

/**
 * Attempts that another one followed: a job was retried after them, or they failed or were cancelled and the run ended
 * once more with the same jobs. Nothing but a restart leads out of a failure: GitLab sets the trigger job of the parent
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
  said: Observation,
  before: RunRecord | undefined,
  jobs: { readonly records: ReadonlyMap<string, JobRecord>; readonly newestRetry: number },
): number | undefined {
  const known = before === undefined ? 0 : before.newestRetry;
  if (known !== undefined) return Math.max(known, jobs.newestRetry);
  return said.retriesByName === true ? newestRetriedId(jobs.records) : undefined;
}

/**
 * What a later delivery may build upon: not while jobs of a saved pipeline are among the run's, because they take on other
 * ids when the webhook tells of them.
 */
export function keepNewestRetry(
  newestRetry: number | undefined,
  said: Observation,
  before: RunRecord | undefined,
  jobs: ReadonlyMap<string, JobRecord>,
): number | undefined {
  const mayHold = said.extension?.saved !== undefined || (before !== undefined && before.newestRetry === undefined);
  return mayHold && [...jobs.keys()].some(isSavedJob) ? undefined : newestRetry;
}

/** The greatest id of a job that replaced another of the same name, 0 if none did: from all jobs of the run. */
function newestRetriedId(jobs: ReadonlyMap<string, JobRecord>): number {
  const first = new Map<string, number>();
  let newest = 0;
  for (const [job, { known: k }] of jobs) {
    const id = Number(job);
    const name = k.facts.name ?? "";
    const other = first.get(name);
    if (other !== undefined) newest = Math.max(newest, other, id);
    first.set(name, Math.max(other ?? 0, id));
  }
  return newest;
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

/** An end without a time was proven by the delivery of a later one; it counts as the last of its attempt. */
function isLater(a: CompletionFacts, b: CompletionFacts): boolean {
  if (a.order !== b.order) return a.order > b.order;
  return (a.finishedAt ?? Infinity) > (b.finishedAt ?? Infinity);
}
