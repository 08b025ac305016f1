import type { Attempt, Job } from "./story.ts";
import type { Millis } from "../core/time.ts";

export interface Condition {
  readonly type: "Succeeded";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** https://tekton.dev/docs/pipelines/taskruns/#monitoring-execution-status, and the same for PipelineRuns */
const taskReasons = {
  success: "Succeeded",
  failure: "Failed",
  timeout: "TaskRunTimeout",
  error: "TaskRunImagePullFailed",
  cancellation: "TaskRunCancelled",
  skip: "Succeeded",
  manual: "Succeeded",
} as const;
const runReasons = {
  ...taskReasons,
  timeout: "PipelineRunTimeout",
  error: "CouldntGetPipeline",
  cancellation: "Cancelled",
} as const;

export function createCondition(status: Condition["status"], reason: string, at: Millis): Condition {
  return { type: "Succeeded", status, reason, message: createMessage(reason), lastTransitionTime: formatTime(at) };
}

function createMessage(reason: string): string {
  return reason === "Running" ? "Tasks are running" : `The condition is ${reason}`;
}

/** How it ended: the word in the event's type, when, and the condition. */
export function describeEnd(of: Attempt | Job): [word: string, at: Millis, condition: Condition] {
  const reason = ("plan" in of ? taskReasons : runReasons)[of.outcome];
  const succeeded = of.outcome === "success" || of.outcome === "skip";
  const condition = createCondition(succeeded ? "True" : "False", reason, of.endedAt);
  return [succeeded ? "successful" : "failed", of.endedAt, condition];
}

/** The tries that were given up, as the status of a TaskRun keeps them. */
export function createRetriesStatus(tries: readonly Job[]): object[] {
  return tries.map(({ readyAt, startedAt, endedAt }) => ({
    conditions: [createCondition("False", "Failed", endedAt)],
    startTime: formatTime(readyAt + 1000),
    completionTime: formatTime(endedAt),
    steps: startedAt === null ? [] : createSteps(startedAt, endedAt, false),
  }));
}

/** Two seconds of preparation, then the work. */
export function createSteps(startedAt: Millis, endedAt: Millis, succeeded: boolean): object[] {
  const prepared = Math.min(startedAt + 2000, endedAt);
  return [createStep("prepare", startedAt, prepared, true), createStep("main", prepared, endedAt, succeeded)];
}

function createStep(name: string, startedAt: Millis, endedAt: Millis, succeeded: boolean): object {
  const terminated = {
    exitCode: succeeded ? 0 : 1,
    reason: succeeded ? "Completed" : "Error",
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(endedAt),
  };
  return { name, container: `step-${name}`, terminated, terminationReason: terminated.reason };
}

/** `2026-11-20T10:11:00Z` */
export function formatTime(at: Millis): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
