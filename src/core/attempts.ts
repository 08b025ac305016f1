import { isSavedJob } from "./collected.ts";
import type { CompletionFacts } from "./completion.ts";
import type { Observation, Result } from "./model.ts";
import type { RunRecord } from "./project.ts";
import type { JobRecord } from "./project-jobs.ts";

const failed: ReadonlySet<Result> = new Set(["failure", "error", "timeout"]);

export function countAttempts(
  said: Observation,
  before: RunRecord | undefined,
  newestRetry: number | undefined,
  completions: ReadonlyMap<string, CompletionFacts>,
): { attempt: number; restarts: number } {
  const superseded = new Set<number>();
  for (const { order } of completions.values()) if (order < (newestRetry ?? 0)) superseded.add(order);
  const attempt = Math.max(before?.attempt ?? 1, said.attempt ?? 1, superseded.size + 1);
  const repeats = (said.facts.restartOf ?? before?.known.facts.restartOf ?? null) === null ? 0 : 1;
  return { attempt, restarts: Math.max(before?.restarts ?? 0, attempt - 1 + repeats) };
}

/** Whatever finished before the job of this id was there was restarted. */
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
  const mayHold = said.collected !== undefined || (before !== undefined && before.newestRetry === undefined);
  return mayHold && [...jobs.keys()].some(isSavedJob) ? undefined : newestRetry;
}

/** The same from all jobs of the run. */
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

export function hasRecovered(completions: ReadonlyMap<string, CompletionFacts>): boolean {
  if (completions.size < 2) return false;
  const all = [...completions.values()];
  const firstFailure = Math.min(...all.filter((c) => failed.has(c.result)).map((c) => c.order));
  return all.some((c) => c.result === "success" && c.order > firstFailure);
}
