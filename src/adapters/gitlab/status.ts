import type { Result, State } from "../../core/model.ts";

/** What a native status means; `rank` orders statuses that carry the same newest moment. */
export interface Meaning {
  readonly state: State;
  readonly result: Result | null;
  readonly rank: number;
}

/**
 * Pipelines and jobs share these. A status without a time of its own (`created`, `manual`, `pending`, …) is told from
 * its successor by its rank alone, so the ranks follow the order in which GitLab moves through them.
 * https://docs.gitlab.com/ci/pipelines/#pipeline-status, https://docs.gitlab.com/ci/jobs/#view-jobs-in-a-pipeline
 *
 * `manual` and `scheduled` are what GitLab calls blocked (BLOCKED_STATUS in gitlabhq app/models/concerns/ci/has_status.rb).
 * A job that waits for a deployment approval is `manual` too:
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/161860. A delayed job that somebody unschedules becomes `manual`
 * (gitlabhq app/models/ci/build.rb, event `unschedule`), never the reverse.
 */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["created", { state: "pending", result: null, rank: 10 }],
  ["scheduled", { state: "blocked", result: null, rank: 11 }],
  ["manual", { state: "blocked", result: null, rank: 12 }],
  ["waiting_for_resource", { state: "pending", result: null, rank: 13 }],
  ["preparing", { state: "pending", result: null, rank: 14 }],
  ["waiting_for_callback", { state: "pending", result: null, rank: 15 }],
  ["pending", { state: "pending", result: null, rank: 16 }],
  ["running", { state: "executing", result: null, rank: 20 }],
  ["canceling", { state: "executing", result: null, rank: 21 }],
  ["skipped", { state: "finished", result: "skip", rank: 31 }],
  ["canceled", { state: "finished", result: "cancellation", rank: 32 }],
  ["failed", { state: "finished", result: "failure", rank: 34 }],
  ["success", { state: "finished", result: "success", rank: 35 }],
]);

/**
 * Reasons that name the CI system, its limits or its gates instead of the work. What is not listed (`script_failure`,
 * `unknown_failure`, `trace_size_exceeded`, and whatever a later GitLab adds) stays a failure of the work.
 * https://docs.gitlab.com/api/jobs/ (`failure_reason`); listed in GitLab's app/models/concerns/enums/ci/commit_status.rb
 */
const refined: ReadonlyMap<string, Result> = new Map<string, Result>([
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
  ].map((reason): [string, Result] => [reason, "error"]),
]);

/**
 * The meaning of a status. One that is not known is placed by `otherwise`, without a result: it may be shown, but
 * nothing is counted on a guess. Its rank is the lowest of its state, so that a known status wins over it.
 */
export function meaningOf(status: string, otherwise: State): Meaning {
  const rank = { pending: 9, blocked: 9, executing: 19, finished: 30 }[otherwise];
  return meanings.get(status) ?? { state: otherwise, result: null, rank };
}

/**
 * The fields whose status is not known, as problems: the delivery is kept as a dead letter, and a version that knows the
 * status counts it when it is replayed.
 */
export function findUnknown(statuses: readonly (readonly [field: string, status: string])[]): string[] {
  const unknown = statuses.filter(([, status]) => !meanings.has(status)).slice(0, 10);
  return unknown.map(([field, status]) => `${field} ${JSON.stringify(status.slice(0, 60))} is not a known status`);
}

/**
 * The meaning of a job's status. GitLab before 14 names a failed job's reason in the Job Hook but not in the Pipeline Hook; the
 * statement that names it ranks higher, so that the row tells it whichever arrives first.
 */
export function jobMeaningOf(status: string, reason: string | null | undefined, otherwise: State): Meaning {
  const meaning = meaningOf(status, otherwise);
  if (meaning.result !== "failure") return meaning;
  if (reason === null || reason === undefined) return { ...meaning, rank: meaning.rank - 1 };
  return { ...meaning, result: refined.get(reason) ?? "failure" };
}
