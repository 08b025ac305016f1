import type { NativeState } from "../native-state.ts";
import type { RunResult, State } from "../../core/states.ts";

/** `status` of a run or a job: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
const stateByStatus: ReadonlyMap<string, State> = new Map([
  ["requested", "pending"],
  ["queued", "pending"],
  // Held back by a concurrency group: it waits for capacity, not for a person.
  // https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
  ["pending", "pending"],
  // Held back by a deployment protection rule (a reviewer, a wait timer, an app):
  // https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
  ["waiting", "blocked"],
  ["in_progress", "executing"],
  ["completed", "finished"],
]);

/** `conclusion` of a run or a job: https://docs.github.com/en/rest/checks/runs (parameter `conclusion`) */
const resultByConclusion: ReadonlyMap<string, RunResult> = new Map([
  ["success", "success"],
  ["neutral", "success"],
  ["failure", "failure"],
  // The workflow file was refused, so that no job was ever created.
  ["startup_failure", "error"],
  ["timed_out", "timeout"],
  ["cancelled", "cancellation"],
  // GitHub ended it because it made no progress for two weeks.
  ["stale", "cancellation"],
  ["skipped", "skip"],
]);

/** The earliest state that an `action` allows for; other actions allow for any. */
const stateByAction: ReadonlyMap<string, State> = new Map([
  ["in_progress", "executing"],
  ["completed", "finished"],
]);

/**
 * Times have whole seconds, so the ranks decide within one second: an `in_progress` that arrives late never wins over `completed`.
 * A run is created, may then wait for approval, and then begins.
 */
const runRanks: Readonly<Record<State, number>> = { pending: 0, blocked: 1, executing: 2, finished: 4 };
/** Of a run that has begun and now waits for the approval of a later job's deployment. */
const blockedAgainRank = 3;
/** Of runs and jobs alike: from this rank on something has worked. */
const begunRank = 2;
/**
 * A job with a protected environment is `waiting` first and `queued` once it is approved, with the same times:
 * https://github.com/runs-on/runs-on/issues/539, https://github.com/CloudSnorkel/cdk-github-runners/pull/416
 */
const jobRanks: Readonly<Record<State, number>> = { blocked: 0, pending: 1, executing: 2, finished: 4 };

const idleConclusions: ReadonlySet<string> = new Set(["skipped", "startup_failure", "stale"]);

/** The fields of a run or a job that determine its state. */
interface StatusFields {
  /** Where they stand in the body. */
  readonly at: "workflow_run" | "workflow_job";
  readonly action: string | null | undefined;
  readonly status: string;
  readonly conclusion: string | null | undefined;
  /** The state to assume where `status` is a word that GitHub did not have when this was written. */
  readonly otherwise: State;
}

/**
 * The state of a run or a job. A delivery carries the state of the moment at which it was written, which may be later than its
 * `action`. So `status` and `conclusion` decide, and `action` only keeps the state from being too early.
 */
export function interpretStatus({ at, action, status, conclusion: given, otherwise }: StatusFields): NativeState {
  const conclusion = given || null;
  const byStatus = stateByStatus.get(status) ?? otherwise;
  const atLeast = stateByAction.get(action ?? "");
  const ranks = at === "workflow_run" ? runRanks : jobRanks;
  // A run that has begun waits for a reviewer again where one of its later jobs does.
  if (at === "workflow_run" && atLeast === "executing" && byStatus === "blocked")
    return { state: byStatus, result: null, nativeStatus: status, rank: blockedAgainRank };
  const state = atLeast === undefined || ranks[byStatus] > ranks[atLeast] ? byStatus : atLeast;
  if (state !== "finished") return { state, result: null, nativeStatus: status, rank: ranks[state] };
  // A fork's run that waits for approval is `completed`, and goes on under the same id once it is approved:
  // https://docs.github.com/en/actions/how-tos/manage-workflow-runs/approve-runs-from-forks
  if (conclusion === "action_required")
    return { state: "blocked", result: null, nativeStatus: conclusion, rank: ranks.blocked };
  const result = resultByConclusion.get(conclusion ?? "") ?? null;
  return { state, result, nativeStatus: conclusion ?? status, rank: ranks[state] };
}

/** The problem of a finished run or job with an unknown conclusion: a version that supports it counts it by a replay. */
export function findUnknownConclusion({ state, result }: NativeState, { at, conclusion }: StatusFields): string[] {
  if (state !== "finished" || result !== null) return [];
  return [`${at}.conclusion ${JSON.stringify(conclusion || null).slice(0, 64)} is not a known result`];
}

/** Whether something has worked. Also true of a run that waits for the approval of a later job. */
export function hasBegun({ rank }: NativeState): boolean {
  return rank >= begunRank;
}

/** Whether `status` alone says that nothing has started yet; `started_at` only repeats `created_at` then. */
export function isWaiting(status: string): boolean {
  const state = stateByStatus.get(status);
  return state === "pending" || state === "blocked";
}

/** Whether no job of a run with this conclusion has worked, so that its times measure nothing. */
export function isIdle(conclusion: string | null | undefined): boolean {
  return idleConclusions.has(conclusion ?? "");
}
