import type { NativeState } from "../native-state.ts";
import type { RunResult, State } from "../../core/states.ts";

/**
 * Pipelines and jobs share these. Only the rank shows whether a status without a time of its own (`created`, `manual`, `pending`,
 * …) comes before another one, so the ranks follow the order in which GitLab goes through them.
 * https://docs.gitlab.com/ci/pipelines/#pipeline-status, https://docs.gitlab.com/ci/jobs/#view-jobs-in-a-pipeline
 *
 * `manual` and `scheduled` are what GitLab calls blocked (BLOCKED_STATUS in gitlabhq app/models/concerns/ci/has_status.rb).
 * A job that waits for a deployment approval is `manual` too:
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/161860. A delayed job that somebody unschedules becomes `manual`
 * (gitlabhq app/models/ci/build.rb, event `unschedule`), never the reverse.
 */
const rows: readonly (readonly [status: string, state: State, rank: number, result?: RunResult])[] = [
  ["created", "pending", 10],
  ["scheduled", "blocked", 11],
  ["manual", "blocked", 12],
  ["waiting_for_resource", "pending", 13],
  ["preparing", "pending", 14],
  ["waiting_for_callback", "pending", 15],
  ["pending", "pending", 16],
  ["running", "executing", 20],
  ["canceling", "executing", 21],
  ["skipped", "finished", 31, "skip"],
  ["canceled", "finished", 32, "cancellation"],
  ["failed", "finished", 34, "failure"],
  ["success", "finished", 35, "success"],
];
const states: ReadonlyMap<string, NativeState> = new Map(
  rows.map(([nativeStatus, state, rank, result = null]) => [nativeStatus, { state, result, nativeStatus, rank }]),
);

/**
 * Failure reasons whose cause is the CI system, its limits or its approvals, and not the work. A reason that is not listed
 * (`script_failure`, `unknown_failure`, `trace_size_exceeded`, one that a later GitLab adds) stays a failure of the work.
 * https://docs.gitlab.com/api/jobs/ (`failure_reason`); listed in GitLab's app/models/concerns/enums/ci/commit_status.rb
 */
const resultByReason: ReadonlyMap<string, RunResult> = new Map<string, RunResult>([
  ["job_execution_timeout", "timeout"],
  ...[
    "api_failure",
    "archived_failure",
    "builds_disabled",
    "ci_quota_exceeded",
    "data_integrity_failure",
    "deployment_rejected",
    "environment_creation_failure",
    "failed_outdated_deployment_job",
    "forward_deployment_failure",
    "ip_restriction_failure",
    "missing_dependency_failure",
    "no_matching_runner",
    "pipeline_loop_detected",
    "project_deleted",
    "protected_environment_failure",
    "runner_system_failure",
    "runner_unsupported",
    "scheduler_failure",
    "secrets_provider_not_found",
    "stale_schedule",
    "stuck_or_timeout_failure",
    "unmet_prerequisites",
    "user_blocked",
  ].map((reason): [string, RunResult] => [reason, "error"]),
]);

/**
 * The state of a pipeline or job. An unknown status gets the state `otherwise`, without a result: it is shown, but nothing
 * is counted on a guess. Its rank is the lowest of its state, so that a known status wins over it.
 */
export function interpretStatus(status: string, otherwise: State): NativeState {
  const native = states.get(status);
  if (native !== undefined) return native;
  const rank = { pending: 9, blocked: 9, executing: 19, finished: 30 }[otherwise];
  return { state: otherwise, result: null, nativeStatus: status, rank };
}

export function isKnownStatus(status: string): boolean {
  return states.has(status);
}

/**
 * The fields with an unknown status, as problems: the delivery is also stored as a dead letter, and a version that supports the
 * status counts it when it is replayed.
 */
export function findUnknownStatuses(statuses: readonly (readonly [field: string, status: string])[]): string[] {
  const unknown = statuses.filter(([, status]) => !isKnownStatus(status)).slice(0, 10);
  return unknown.map(([field, status]) => `${field} ${JSON.stringify(status.slice(0, 60))} is not a known status`);
}

/**
 * The state of a job. GitLab before 14 sends the reason of a failure in the Job Hook but not in the Pipeline Hook. The statement
 * with the reason has the higher rank, so that it wins whichever arrives first.
 */
export function interpretJobStatus(status: string, reason: string | null | undefined, otherwise: State): NativeState {
  const native = interpretStatus(status, otherwise);
  if (native.result !== "failure") return native;
  if (reason === null || reason === undefined) return { ...native, rank: native.rank - 1 };
  return { ...native, result: resultByReason.get(reason) ?? "failure" };
}
