import { states, type Result, type State } from "../../core/model.ts";

/** `status` of a run or a job: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
const stateByStatus: ReadonlyMap<string, State> = new Map([
  ["requested", "pending"],
  ["queued", "pending"],
  // Held back by a concurrency group.
  ["pending", "pending"],
  // Held back by a deployment protection rule.
  ["waiting", "pending"],
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

/** Conclusions of runs in which no job worked, so that their times measure nothing. */
const idleConclusions: ReadonlySet<string> = new Set(["skipped", "startup_failure", "stale"]);

export interface NativeState {
  /** Where the fields stand in the body, for problems: `workflow_run` or `workflow_job`. */
  readonly at: string;
  readonly action: string | null | undefined;
  readonly status: string;
  readonly conclusion: string | null | undefined;
  /** The state to assume where `status` is a word that GitHub did not have when this was written. */
  readonly otherwise: State;
}

export interface Judged {
  readonly state: State;
  readonly result: Result | null;
  /** GitHub's own word: the conclusion of what is finished, else the status. */
  readonly nativeStatus: string;
  /** Orders statements of one clock tick: a late `in_progress` never wins over `completed`. */
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
  const atLeast = stateByAction.get(native.action ?? "") ?? "pending";
  const state = rankOf(atLeast) > rankOf(said) ? atLeast : said;
  if (state !== "finished") return { ...unfinished(state), nativeStatus: native.status };
  // A fork's run that waits for approval is `completed`, and goes on under the same id once it is approved.
  if (conclusion === "action_required") return { ...unfinished("pending"), nativeStatus: conclusion };
  const result = resultByConclusion.get(conclusion ?? "") ?? null;
  const problem = `${native.at}.conclusion ${JSON.stringify(conclusion).slice(0, 64)} is not a known result`;
  return {
    state,
    result,
    nativeStatus: conclusion ?? native.status,
    rank: rankOf(state),
    problems: result === null ? [problem] : [],
  };
}

function unfinished(state: State): Omit<Judged, "nativeStatus"> {
  return { state, result: null, rank: rankOf(state), problems: [] };
}

/** Whether `status` says by itself that nothing has started yet; then `started_at` only repeats `created_at`. */
export function saysPending(status: string): boolean {
  return stateByStatus.get(status) === "pending";
}

/** Whether a run of this conclusion worked at all. */
export function isIdle(conclusion: string | null | undefined): boolean {
  return idleConclusions.has(conclusion ?? "");
}

function rankOf(state: State): number {
  return states.indexOf(state);
}
