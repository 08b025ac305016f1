import { findMeaning, type FailureClass } from "./failure-classes.ts";
import type { JobDetail } from "./model.ts";
import type { RunResult } from "./states.ts";

/** What a failed job states about itself. */
export interface JobFailure {
  readonly provider: string;
  readonly name: string | null;
  readonly stage: string | null;
  readonly result: RunResult | null;
  readonly nativeStatus: string | null;
  readonly failureReason: string | null;
  readonly detail: Partial<JobDetail> | null;
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

/** The class of a job whose result is a failure, an error or a timeout. */
export function classifyFailed(job: JobFailure): FailureClass {
  const { provider, result, failureReason, nativeStatus, detail } = job;
  const meaning = findMeaning(provider, failureReason ?? nativeStatus ?? "");
  if (result === "timeout" || meaning === "timeout") return "timeout";
  if (detail?.exitCode === killed) return "oom";
  if (meaning !== undefined && meaning !== "work") return meaning;
  // A word that no table has: the work failed, or the CI system did in a way that is not known.
  if (meaning === undefined && result !== "failure") return "unknown";
  return classifyWork(job);
}

function classifyWork({ provider, name, stage, nativeStatus, detail }: JobFailure): FailureClass {
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
