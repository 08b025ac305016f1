import { joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import { isCarriedOver, isFailed, isLaterTry } from "../core/job-end.ts";
import { hasTwins, listRepeatedSeconds } from "./tries.ts";

/** What the time of a job was spent for. Each second has one cause: the first that applies. */
export const causes = ["flake", "retry_green", "superseded", "cancelled", "infra", "useful"] as const;
export type Cause = (typeof causes)[number];

/** A part of the work of a job, in whole milliseconds. */
export interface Spent {
  readonly cause: Cause;
  readonly millis: number;
}

/** What became of the whole run: `superseded` and `cancelled` take all its jobs with them. */
export type RunFate = "superseded" | "cancelled" | "finished";

/**
 * Creates a function that splits the work of the jobs of a run by cause; the parts of a job sum to its duration. A job without
 * a duration has none. Tries that the CI system repeated under the same id are a part of the job's duration.
 */
export function createCauseFinder(run: AnswerRun, fate: RunFate): (job: AnswerJob) => readonly Spent[] {
  const groups = hasTwins(run.jobs) ? groupJobs(run.jobs) : undefined;
  return (job) => {
    const { durationSeconds, result } = job;
    if (durationSeconds === null || durationSeconds < 0 || isCarriedOver(job)) return [];
    const millis = Math.round(durationSeconds * 1000);
    const others = groups?.get(joinKey(job.stage, job.name)) ?? noJobs;
    const cause = findCause(run.provider, fate, job, others);
    const flaked = result === "success" && job.detail !== null ? sumRepeatedMillis(job, millis) : 0;
    if (flaked === 0 || cause === "flake") return [{ cause, millis }];
    return [
      { cause: "flake", millis: flaked },
      { cause, millis: millis - flaked },
    ];
  };
}

const noJobs: readonly AnswerJob[] = [];

function groupJobs(jobs: readonly AnswerJob[]): ReadonlyMap<string, readonly AnswerJob[]> {
  const groups = new Map<string, AnswerJob[]>();
  for (const job of jobs) {
    const key = joinKey(job.stage, job.name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [job]);
    else group.push(job);
  }
  return groups;
}

/** The work of the tries that the CI system repeated, at most `max`. */
function sumRepeatedMillis(job: AnswerJob, max: number): number {
  const total = listRepeatedSeconds(job).reduce((sum, seconds) => sum + Math.round(seconds * 1000), 0);
  return Math.min(max, total);
}

function findCause(provider: string, fate: RunFate, job: AnswerJob, others: readonly AnswerJob[]): Cause {
  if (others.length > 1) {
    const passed = others.filter((one) => one !== job && one.result === "success" && !isCarriedOver(one));
    if (isFailed(job.result) && passed.some((one) => isLaterTry(provider, job, one))) return "flake";
    if (passed.some((one) => isLaterTry(provider, one, job))) return "retry_green";
  }
  if (fate !== "finished") return fate;
  if (job.result === "cancellation") return "cancelled";
  return job.result === "error" ? "infra" : "useful";
}
