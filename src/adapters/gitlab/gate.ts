import type { Gate } from "../../core/model.ts";
import type { Millis } from "../../core/time.ts";
import type { JobFields } from "./fields.ts";

/** Since when a job waited for a person or for a set time, and what for. */
export interface JobGate {
  readonly gate: Gate;
  readonly gatedAt?: Millis;
}

/**
 * Finds the gates of a pipeline's jobs, by their ids; `undefined` where no job has one, as in most pipelines. A gated job gets to
 * its gate when all jobs of earlier stages have ended (https://docs.gitlab.com/ci/jobs/job_control/), or sooner with `needs`,
 * which no payload contains; the moment is in none either. It passed the gate when it was ready to run, from which
 * `queued_duration` counts (gitlabhq app/models/ci/processable.rb and build.rb: `queued_at` is set on entering `pending`), so
 * queue times do not contain it.
 */
export function findGates(jobs: readonly JobFields[], stages: unknown): ReadonlyMap<number, JobGate> | undefined {
  let gates: Map<number, JobGate> | undefined;
  let ends: ReadonlyMap<string, Millis> | undefined;
  for (const job of jobs) {
    const gate = findGate(job);
    if (gate === undefined) continue;
    ends ??= computeStageBegins(jobs, stages);
    const stageBegan = ends.get(job.stage ?? "");
    const { createdAt, startedAt, queuedDuration } = job;
    const gatedAt = stageBegan === undefined || createdAt === null ? undefined : Math.max(stageBegan, createdAt);
    const opened = startedAt === null ? Infinity : startedAt - (queuedDuration ?? 0) * 1000;
    // A job of an earlier stage that ended later ran again, or the job has `needs`: the moment is not known.
    gates = (gates ?? new Map<number, JobGate>()).set(
      job.id,
      gatedAt === undefined || gatedAt > opened ? { gate } : { gate, gatedAt },
    );
  }
  return gates;
}

/**
 * A job that is `manual` without being played by hand waits for the approval of its deployment:
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/161860. `manual` is true for delayed jobs as well (gitlabhq
 * app/models/ci/build.rb, `action?`).
 */
function findGate({ status, when, manual, startedAt }: JobFields): Gate | undefined {
  const isWaiting = status === "manual" || status === "scheduled";
  if (!isWaiting && startedAt === null) return undefined;
  if (when === "delayed" || status === "scheduled") return "delayed";
  if (manual === true || when === "manual") return "manual";
  return isWaiting ? "approval" : undefined;
}

/** For each stage: when the last job of the stages before it ended; 0 for the first one. Without an end while one still runs. */
function computeStageBegins(jobs: readonly JobFields[], stages: unknown): ReadonlyMap<string, Millis> {
  const begins = new Map<string, Millis>();
  if (!Array.isArray(stages)) return begins;
  const ends = new Map<string, Millis>();
  for (const { stage, finishedAt } of jobs) {
    const end = ends.get(stage ?? "") ?? 0;
    if (finishedAt !== null && finishedAt > end) ends.set(stage ?? "", finishedAt);
  }
  let last = 0;
  for (const stage of stages as readonly unknown[]) {
    if (typeof stage !== "string") continue;
    begins.set(stage, last);
    last = Math.max(last, ends.get(stage) ?? 0);
  }
  return begins;
}
