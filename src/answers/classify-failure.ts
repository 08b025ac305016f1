import type { RunFate } from "./job-causes.ts";
import { classifyFailed, type JobFailure } from "../core/classify-failed.ts";
import { findMeaning, type FailureClass } from "../core/failure-classes.ts";
import { isFailed } from "../core/job-end.ts";
import type { RunResult } from "../core/states.ts";

/** What an unsuccessful job states about itself, and the run that it belongs to. */
export interface Unsuccessful extends JobFailure {
  readonly fate: RunFate;
  readonly runResult: RunResult | null;
}

/** The class of a job that failed or was cancelled; `undefined` for any other. */
export function classifyFailure(job: Unsuccessful): FailureClass | undefined {
  if (job.result === "cancellation") return classifyCancellation(job);
  return isFailed(job.result) ? classifyFailed(job) : undefined;
}

/** A job that is cancelled while its run goes on was stopped by the CI system: another job of its matrix had failed. */
function classifyCancellation({ provider, fate, runResult, failureReason, nativeStatus }: Unsuccessful): FailureClass {
  if (fate === "superseded") return "superseded";
  const meaning = findMeaning(provider, failureReason ?? nativeStatus ?? "");
  if (meaning === "cancelled_by_system") return meaning;
  return isFailed(runResult) || runResult === "success" ? "cancelled_by_system" : "cancelled_by_user";
}
