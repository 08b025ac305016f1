import { joinKey, type AnswerJob } from "./answer.ts";
import type { RunResult } from "../core/states.ts";
import type { Millis } from "../core/time.ts";

/** By how much two moments of one CI system may contradict each other, because it rounds them to seconds. */
const roundingSeconds = 1;

/** The executions of one job of a run that reached a success or a failure: those with the same stage and name. */
export interface TriedJob {
  readonly stage: string | null;
  readonly name: string;
  readonly tries: readonly AnswerJob[];
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
export function isCarriedOver({ queuedAt, finishedAt }: Pick<AnswerJob, "queuedAt" | "finishedAt">): boolean {
  return queuedAt !== null && finishedAt !== null && finishedAt < queuedAt;
}

/** Groups the decided executions of a run by stage and name. Jobs without a name are left out. */
export function groupTries(jobs: readonly AnswerJob[]): TriedJob[] {
  const groups = new Map<string, { stage: string | null; name: string; tries: AnswerJob[] }>();
  for (const job of jobs) {
    const { stage, name, result } = job;
    if (name === null || !isDecided(result) || isCarriedOver(job)) continue;
    const key = joinKey(stage, name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { stage, name, tries: [job] });
    else group.tries.push(job);
  }
  return [...groups.values()];
}

/** When an execution became ready to run, as far as its provider states it. */
export function findReadyAt({ queuedAt, startedAt }: AnswerJob): Millis | null {
  return queuedAt ?? startedAt;
}

/** True where something was queued after `earlier` had finished: it is another try, and not a job of the same name beside it. */
export function isQueuedAfter({ finishedAt }: AnswerJob, readyAt: Millis | null): boolean {
  return readyAt !== null && finishedAt !== null && readyAt >= finishedAt - roundingSeconds * 1000;
}

/**
 * True where `later` is another try of `earlier`, of the same run, stage and name. The same name alone is not enough: the
 * TaskRuns of a Tekton matrix share it (https://tekton.dev/docs/pipelines/matrix/), and so may two jobs of GitHub, where
 * `run_attempt` tells a later try (https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job).
 */
export function isLaterTry(provider: string, earlier: AnswerJob, later: AnswerJob): boolean {
  if (!isQueuedAfter(earlier, findReadyAt(later))) return false;
  if (provider !== "github") return true;
  return earlier.attempt !== null && later.attempt !== null && later.attempt > earlier.attempt;
}

/** The seconds of work of each try that the CI system itself repeated under the same id, where their times are stored. */
export function listRepeatedSeconds({ detail }: AnswerJob): number[] {
  return (detail?.tries ?? []).flatMap(([startedAt, finishedAt]) =>
    startedAt === null || finishedAt === null ? [] : [Math.max(0, finishedAt - startedAt) / 1000],
  );
}
