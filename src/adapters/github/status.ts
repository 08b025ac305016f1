import type { Result, State } from "../../core/model.ts";

/** `status` of a run or a job: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
const stateByStatus: ReadonlyMap<string, State> = new Map([
  ["requested", "pending"],
  ["queued", "pending"],
  // Held back by a concurrency group: it waits for room, not for a person.
  // https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
  ["pending", "pending"],
  // Held back by a deployment protection rule (a reviewer, a wait timer, an app):
  // https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
  ["waiting", "blocked"],
  ["in_progress", "executing"],
  ["completed", "finished"],
]);

/** `conclusion` of a run or a job: https://docs.github.com/en/rest/checks/runs (parameter `conclusion`) */
const resultByConclusion: ReadonlyMap<string, Result> = new Map([
  ["success", "success"],
  ["neutral", "success"],
  ["failure", "failure"],
  // The workflow file was refused, so that no job was ever created.
  ["startup_failure", "error"],
  ["timed_out", "timeout"],
  ["cancelled", "cancellation"],
  // GitHub gave up on it after two weeks.
  ["stale", "cancellation"],
  ["skipped", "skip"],
]);

/** What an `action` proves at the least; the others prove nothing. */
const stateByAction: ReadonlyMap<string, State> = new Map([
  ["in_progress", "executing"],
  ["completed", "finished"],
]);

/**
 * Times have whole seconds, so within one the ranks decide: a late `in_progress` never wins over `completed`.
 * A run is created, may then wait for approval, and then begins.
 */
const runRanks: Readonly<Record<State, number>> = { pending: 0, blocked: 1, executing: 2, finished: 4 };
/** A run that began, and now waits for the approval of a later job's deployment. */
const waitsAgainRank = 3;
/**
 * A job with a protected environment is `waiting` first and `queued` once it is approved, with the same times:
 * https://github.com/runs-on/runs-on/issues/539, https://github.com/CloudSnorkel/cdk-github-runners/pull/416
 */
const jobRanks: Readonly<Record<State, number>> = { blocked: 0, pending: 1, executing: 2, finished: 4 };

/** Conclusions of runs in which no job worked, so that their times measure nothing. */
const idleConclusions: ReadonlySet<string> = new Set(["skipped", "startup_failure", "stale"]);

export interface NativeState {
  /** Where the fields stand in the body, for problems: `workflow_run` or `workflow_job`. */
  readonly at: "workflow_run" | "workflow_job";
  readonly action: string | null | undefined;
  readonly status: string;
  readonly conclusion: string | null | undefined;
  /** The state to assume where `status` is a word that GitHub did not have when this was written. */
  readonly otherwise: State;
}

export interface Judged {
  readonly state: State;
  /** Whether something has worked: also true of a run that waits for approval of a later job. */
  readonly hasBegun: boolean;
  readonly result: Result | null;
  /** GitHub's own word: the conclusion of what is finished, else the status. */
  readonly nativeStatus: string;
  /** Orders statements of one clock tick, see `runRanks` and `jobRanks`. */
  readonly rank: number;
  /** A finished run or job whose result cannot be told: to be counted by a replay once the word is known. */
  readonly problems: readonly string[];
}

/**
 * The canonical state of a run or a job. A delivery carries the state at the time it was written, which may be further
 * on than its `action`; so `status` and `conclusion` decide, and `action` only keeps the state from being too early.
 */
export function judge(native: NativeState): Judged {
  const conclusion = native.conclusion || null;
  const said = stateByStatus.get(native.status) ?? native.otherwise;
  const atLeast = stateByAction.get(native.action ?? "");
  // A run that has begun waits for a reviewer again where one of its later jobs does.
  const waitsAgain = native.at === "workflow_run" && atLeast === "executing" && said === "blocked";
  const ranks = native.at === "workflow_run" ? runRanks : jobRanks;
  const state = waitsAgain || atLeast === undefined || ranks[said] > ranks[atLeast] ? said : atLeast;
  const nativeStatus = native.status;
  if (waitsAgain) return { ...unfinished(state, waitsAgainRank), hasBegun: true, nativeStatus };
  if (state !== "finished") return { ...unfinished(state, ranks[state]), nativeStatus };
  // A fork's run that waits for approval is `completed`, and goes on under the same id once it is approved:
  // https://docs.github.com/en/actions/how-tos/manage-workflow-runs/approve-runs-from-forks
  if (conclusion === "action_required") return { ...unfinished("blocked", ranks.blocked), nativeStatus: conclusion };
  const result = resultByConclusion.get(conclusion ?? "") ?? null;
  const problem = `${native.at}.conclusion ${JSON.stringify(conclusion).slice(0, 64)} is not a known result`;
  return {
    state,
    hasBegun: true,
    result,
    nativeStatus: conclusion ?? nativeStatus,
    rank: ranks[state],
    problems: result === null ? [problem] : [],
  };
}

function unfinished(state: State, rank: number): Omit<Judged, "nativeStatus"> {
  return { state, hasBegun: state === "executing", result: null, rank, problems: [] };
}

/** Whether `status` says by itself that nothing has started yet; then `started_at` only repeats `created_at`. */
export function saysWaiting(status: string): boolean {
  const state = stateByStatus.get(status);
  return state === "pending" || state === "blocked";
}

/** Whether a run of this conclusion worked at all. */
export function isIdle(conclusion: string | null | undefined): boolean {
  return idleConclusions.has(conclusion ?? "");
}
