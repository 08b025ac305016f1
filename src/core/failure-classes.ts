/** What kind of thing went wrong. */
export const failureClasses = [
  "test",
  "script",
  "timeout",
  "oom",
  "runner_lost",
  "image",
  "quota",
  "scheduling",
  "dependency",
  "config",
  "gate_rejected",
  "superseded",
  "cancelled_by_user",
  "cancelled_by_system",
  "unknown",
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** What a reason means; `work`: the work itself failed, and the names of step and job tell whether that was a test. */
type Meaning = Exclude<FailureClass, "test" | "script" | "unknown"> | "work";

/**
 * `failure_reason` of a job of GitLab: app/models/concerns/enums/ci/commit_status.rb of gitlab-org/gitlab, and what each means
 * in app/presenters/commit_status_presenter.rb there.
 */
const gitlab: Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  work: ["script_failure", "unknown_failure"],
  timeout: [
    "job_execution_timeout",
    "job_execution_server_timeout",
    "server_timeout_running",
    "server_timeout_canceling",
    "stuck_or_timeout_failure",
  ],
  runner_lost: [
    "runner_system_failure",
    "runner_interrupted",
    "no_updates_running",
    "no_updates_canceling",
    "api_failure",
    "data_integrity_failure",
    "job_token_expired",
  ],
  quota: ["ci_quota_exceeded", "trace_size_exceeded", "reached_downstream_pipeline_trigger_rate_limit"],
  scheduling: [
    "no_matching_runner",
    "stuck_pending_with_matching_runners",
    "stuck_pending_no_matching_runners",
    "scheduler_failure",
    "stale_schedule",
    "job_router_failure",
  ],
  dependency: ["missing_dependency_failure", "runner_external_dependency_failure", "secrets_provider_not_found"],
  config: [
    "runner_unsupported",
    "runner_configuration_error",
    "unmet_prerequisites",
    "archived_failure",
    "builds_disabled",
    "project_deleted",
    "user_blocked",
    "environment_creation_failure",
    "pipeline_loop_detected",
    "invalid_bridge_trigger",
    "downstream_bridge_project_not_found",
    "upstream_bridge_project_not_found",
    "bridge_pipeline_is_child_pipeline",
    "downstream_pipeline_creation_failed",
    "downstream_project_trigger_resolved_to_empty",
    "reached_max_descendant_pipelines_depth",
    "reached_max_pipeline_hierarchy_size",
    "id_token_burned_project_path",
  ],
  gate_rejected: [
    "deployment_rejected",
    "protected_environment_failure",
    "insufficient_bridge_permissions",
    "insufficient_upstream_permissions",
    "ip_restriction_failure",
    "secrets_manager_access_denied",
    "duo_workflow_not_allowed",
  ],
  superseded: ["forward_deployment_failure", "failed_outdated_deployment_job"],
};

/** `conclusion` of a job or run of GitHub: https://docs.github.com/en/rest/checks/runs */
const github: Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  work: ["failure"],
  timeout: ["timed_out"],
  config: ["startup_failure"],
  gate_rejected: ["action_required"],
  cancelled_by_user: ["cancelled"],
  cancelled_by_system: ["stale"],
};

/**
 * Reasons of TaskRuns, PipelineRuns, CustomRuns and Runs of Tekton: pkg/apis/pipeline/v1/taskrun_types.go, pipelinerun_types.go and
 * pkg/pod/status.go of tektoncd/pipeline.
 */
const tekton: Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  work: ["Failed", "StepFailed", "SidecarFailed", "FailureIgnored", "TaskRunStopSidecarFailed", "ToBeRetried"],
  timeout: [
    "TaskRunTimeout",
    "PipelineRunTimeout",
    "PipelineRunTimeoutRunningFinally",
    "CustomRunTimedOut",
    "RunTimedOut",
    "PipelineRunCouldntTimeOut",
  ],
  oom: ["StepOOM", "SidecarOOM", "InitContainerOOM", "OOMKilled"],
  runner_lost: ["PodEvicted", "Evicted"],
  image: ["TaskRunImagePullFailed", "PullImageFailed"],
  quota: ["ExceededResourceQuota", "TaskRunResultLargerThanAllowedLimit"],
  scheduling: ["ExceededNodeResources", "PodCreationFailed", "PodAdmissionFailed", "CreateRunFailed"],
  dependency: ["TaskRunResolutionFailed", "CouldntGetTask", "CouldntGetPipeline", "CouldntGetPipelineResult"],
  config: [
    "CreateContainerConfigError",
    "InitContainerFailed",
    "TaskRunValidationFailed",
    "TaskValidationFailed",
    "PipelineValidationFailed",
    "PipelineInvalidGraph",
    "ResourceVerificationFailed",
    "TaskRunResultsVerificationFailed",
    "CELEvaluationFailed",
    "InvalidParamValue",
    "InvalidPipelineResourceBindings",
    "InvalidWorkspaceBindings",
    "InvalidTaskRunSpecs",
    "InvalidMatrixParameterTypes",
    "InvalidTaskResultReference",
    "ParameterTypeMismatch",
    "ParameterMissing",
    "ObjectParameterMissKeys",
    "ParamArrayIndexingInvalid",
    "RequiredWorkspaceMarkedOptional",
    "CustomRunWorkspaceNotSupported",
    "RunWorkspaceNotSupported",
    "RunPodTemplateNotSupported",
  ],
  cancelled_by_user: [
    "Cancelled",
    "TaskRunCancelled",
    "PipelineRunCancelled",
    "CustomRunCancelled",
    "RunCancelled",
    "CancelledRunningFinally",
    "StoppedRunningFinally",
    "PipelineRunCouldntCancel",
  ],
};

/** Families of reasons that grow with every release of Tekton: the definition was at fault, and nothing ran. */
const tektonFamilies: readonly (readonly [RegExp, Meaning])[] = [
  [/CouldntCreate/, "scheduling"],
  [/CouldntGet/, "dependency"],
  [/^Invalid|^Parameter|Validation/, "config"],
];

/** Results of a build of Jenkins: https://javadoc.jenkins.io/hudson/model/Result.html. `UNSTABLE`: tests failed. */
const jenkins: Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  work: ["FAILURE", "FAILED", "UNSTABLE"],
  cancelled_by_user: ["ABORTED"],
};

const meanings: ReadonlyMap<string, ReadonlyMap<string, Meaning>> = new Map(
  Object.entries({ gitlab, github, tekton, jenkins }).map(([provider, table]) => [provider, invert(table)]),
);

function invert(table: Readonly<Partial<Record<Meaning, readonly string[]>>>): ReadonlyMap<string, Meaning> {
  const entries = Object.entries(table) as [Meaning, readonly string[]][];
  return new Map(entries.flatMap(([meaning, reasons]) => reasons.map((reason) => [reason, meaning] as const)));
}

/** What a provider's word means; `undefined`: it is in no table. */
export function findMeaning(provider: string, reason: string): Meaning | undefined {
  const found = meanings.get(provider)?.get(reason);
  if (found !== undefined || provider !== "tekton") return found;
  return tektonFamilies.find(([family]) => family.test(reason))?.[1];
}
