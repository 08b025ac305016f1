import type { AnswerJob } from "./answer.ts";
import { findMeaning, type FailureClass } from "./failure-classes.ts";
import type { RunFate } from "./job-causes.ts";
import { isFailed } from "./tries.ts";
import type { RunResult } from "../core/states.ts";

/** What an unsuccessful job states about itself, and the run that it belongs to. */
export interface Unsuccessful
  extends Pick<AnswerJob, "name" | "stage" | "result" | "nativeStatus" | "failureReason" | "detail"> {
  readonly provider: string;
  readonly fate: RunFate;
  readonly runResult: RunResult | null;
}

/** Signal 9: the kernel or Kubernetes killed it, nearly always for its memory. https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/ */
const killed = 137;

/** Names of steps, jobs and stages that run tests. */
const testing =
  /(?:^|[^a-z])(?:tests?|specs?|e2e|units?|integration|smoke|pytest|jest|vitest|mocha|rspec|junit|cypress|playwright)(?:[^a-z]|$)/i;

/**
 * Steps that GitHub adds itself. `Set up job` downloads the actions, `Initialize containers` pulls images:
 * https://docs.github.com/en/actions/how-tos/monitor-workflows/use-workflow-run-logs
 */
const githubSteps: ReadonlyMap<string, FailureClass> = new Map([
  ["Set up job", "dependency"],
  ["Initialize containers", "image"],
  ["Set up runner", "runner_lost"],
  ["Complete job", "runner_lost"],
]);

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

function classifyFailed(job: Unsuccessful): FailureClass {
  const { provider, result, failureReason, nativeStatus, detail } = job;
  const meaning = findMeaning(provider, failureReason ?? nativeStatus ?? "");
  if (result === "timeout" || meaning === "timeout") return "timeout";
  if (detail?.exitCode === killed) return "oom";
  if (meaning !== undefined && meaning !== "work") return meaning;
  // A word that no table has: the work failed, or the CI system did in a way that is not known.
  if (meaning === undefined && result !== "failure") return "unknown";
  return classifyWork(job);
}

function classifyWork({ provider, name, stage, nativeStatus, detail }: Unsuccessful): FailureClass {
  const { failedStep, steps = [] } = detail ?? {};
  if (provider === "github") {
    const own = githubSteps.get(failedStep ?? "");
    if (own !== undefined) return own;
    // A job whose runner was lost has steps, none of which failed.
    if (failedStep === undefined && steps.length > 0) return "runner_lost";
  }
  if (provider === "jenkins" && nativeStatus === "UNSTABLE") return "test";
  const names = failedStep === undefined ? [name, stage] : [failedStep, name];
  return names.some((text) => testing.test(text ?? "")) ? "test" : "script";
}
