import type { JobRecord } from "./run-record.ts";

/**
 * Adds a job to `newest`, the greatest job id by name. Returns the greater of its id and that of the job that was there under
 * the same name; `undefined`: there was none, so the job is no retry.
 */
export function noteJob(newest: Map<string, number>, name: string, id: number): number | undefined {
  const other = newest.get(name);
  newest.set(name, Math.max(other ?? 0, id));
  return other === undefined ? undefined : Math.max(other, id);
}

/** The greatest job id by name, and the greatest id that replaced a job of the same name (0: none did). */
export function findReplaced(jobs: ReadonlyMap<string, JobRecord>): {
  readonly newest: Map<string, number>;
  readonly newestRetry: number;
} {
  const newest = new Map<string, number>();
  let newestRetry = 0;
  for (const [job, { folded }] of jobs)
    newestRetry = Math.max(newestRetry, noteJob(newest, folded.facts.name ?? "", Number(job)) ?? 0);
  return { newest, newestRetry };
}
