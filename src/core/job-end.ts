import type { RunResult } from "./states.ts";
import type { Millis } from "./time.ts";

/** By how much two moments of one CI system may contradict each other, because it rounds them to seconds. */
const roundingSeconds = 1;

/** A job of a run that reached a result or will: what shows whether another job of its name tried it again. */
export interface JobEnd {
  readonly result: RunResult | null;
  /** The attempt of the run, from 1; `null`: the provider states none. */
  readonly attempt: number | null;
  readonly queuedAt: Millis | null;
  readonly startedAt: Millis | null;
  readonly finishedAt: Millis | null;
}

/** True for the results that count against a job; a cancellation and a skip are neither for nor against it. */
export function isFailed(result: RunResult | null): boolean {
  return result === "failure" || result === "error" || result === "timeout";
}

/** True where the job reached a success or a failure. */
export function isDecided(result: RunResult | null): boolean {
  return result === "success" || isFailed(result);
}

/**
 * True where GitHub lists a job of an earlier attempt again, with a new id and the times of the earlier one: it ended before
 * it was created. https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
 */
export function isCarriedOver({ queuedAt, finishedAt }: Pick<JobEnd, "queuedAt" | "finishedAt">): boolean {
  return queuedAt !== null && finishedAt !== null && finishedAt < queuedAt;
}

/** When an execution became ready to run, as far as its provider states it. */
export function findReadyAt({ queuedAt, startedAt }: Pick<JobEnd, "queuedAt" | "startedAt">): Millis | null {
  return queuedAt ?? startedAt;
}

/** True where something was queued after `earlier` had finished: it is another try, and not a job of the same name beside it. */
export function isQueuedAfter({ finishedAt }: Pick<JobEnd, "finishedAt">, readyAt: Millis | null): boolean {
  return readyAt !== null && finishedAt !== null && readyAt >= finishedAt - roundingSeconds * 1000;
}

/**
 * True where `later` is another try of `earlier`, of the same run, stage and name. The same name alone is not enough: the
 * TaskRuns of a Tekton matrix share it (https://tekton.dev/docs/pipelines/matrix/), and so may two jobs of GitHub, where
 * `run_attempt` tells a later try (https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job).
 */
export function isLaterTry(provider: string, earlier: JobEnd, later: JobEnd): boolean {
  if (!isQueuedAfter(earlier, findReadyAt(later))) return false;
  if (provider !== "github") return true;
  return earlier.attempt !== null && later.attempt !== null && later.attempt > earlier.attempt;
}
