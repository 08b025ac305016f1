import { expect } from "chai";
import { classifyFailure, type Unsuccessful } from "../../src/answers/classify-failure.ts";
import { failureClasses, findMeaning, type FailureClass } from "../../src/core/failure-classes.ts";
import { runResults } from "../../src/core/states.ts";

/** The providers' own lists, copied by hand from what `failure-classes.ts` names; a provider's new word is added here first. */
const lists: Readonly<Record<string, string>> = {
  // app/models/concerns/enums/ci/commit_status.rb of gitlab-org/gitlab, and app/presenters/commit_status_presenter.rb
  gitlab: `unknown_failure script_failure api_failure stuck_or_timeout_failure runner_system_failure missing_dependency_failure
    runner_unsupported stale_schedule job_execution_timeout archived_failure unmet_prerequisites scheduler_failure
    data_integrity_failure forward_deployment_failure user_blocked project_deleted ci_quota_exceeded pipeline_loop_detected
    no_matching_runner trace_size_exceeded builds_disabled environment_creation_failure deployment_rejected
    failed_outdated_deployment_job job_execution_server_timeout stuck_pending_with_matching_runners
    stuck_pending_no_matching_runners no_updates_running no_updates_canceling server_timeout_running server_timeout_canceling
    runner_configuration_error runner_external_dependency_failure runner_interrupted protected_environment_failure
    insufficient_bridge_permissions downstream_bridge_project_not_found invalid_bridge_trigger
    upstream_bridge_project_not_found insufficient_upstream_permissions bridge_pipeline_is_child_pipeline
    downstream_pipeline_creation_failed secrets_provider_not_found reached_max_descendant_pipelines_depth
    ip_restriction_failure reached_max_pipeline_hierarchy_size reached_downstream_pipeline_trigger_rate_limit
    duo_workflow_not_allowed job_router_failure job_token_expired id_token_burned_project_path
    downstream_project_trigger_resolved_to_empty secrets_manager_access_denied`,
  // https://docs.github.com/en/rest/checks/runs: `conclusion`, but success, neutral and skipped; startup_failure is of runs.
  github: "failure cancelled timed_out action_required stale startup_failure",
  // pkg/apis/pipeline/v1/{taskrun,pipelinerun}_types.go and pkg/pod/status.go of tektoncd/pipeline: reasons of a False condition
  tekton: `Failed TaskRunCancelled TaskRunTimeout TaskRunImagePullFailed TaskRunResultsVerificationFailed
    TaskRunResultLargerThanAllowedLimit TaskRunStopSidecarFailed InvalidParamValue TaskRunResolutionFailed
    TaskRunValidationFailed TaskValidationFailed ResourceVerificationFailed FailureIgnored Cancelled PipelineRunTimeout
    CancelledRunningFinally StoppedRunningFinally CouldntGetPipeline InvalidPipelineResourceBindings
    InvalidWorkspaceBindings InvalidTaskRunSpecs ParameterTypeMismatch ObjectParameterMissKeys ParamArrayIndexingInvalid
    CouldntGetTask ParameterMissing PipelineValidationFailed CouldntGetPipelineResult PipelineInvalidGraph
    PipelineRunCouldntCancel PipelineRunCouldntTimeOut InvalidMatrixParameterTypes InvalidTaskResultReference
    RequiredWorkspaceMarkedOptional CreateRunFailed CELEvaluationFailed ExceededResourceQuota ExceededNodeResources
    PullImageFailed CreateContainerConfigError PodCreationFailed PodAdmissionFailed PodEvicted StepFailed StepOOM
    SidecarFailed SidecarOOM InitContainerFailed InitContainerOOM CustomRunCancelled CustomRunTimedOut
    CouldntCreateWorkspacePVC CouldntCreateOrUpdateAffinityAssistantStatefulSet`,
  // https://javadoc.jenkins.io/hudson/model/Result.html, but SUCCESS and NOT_BUILT; FAILED is what other plugins send
  jenkins: "FAILURE FAILED UNSTABLE ABORTED",
};

const job = (more: Partial<Unsuccessful>): Unsuccessful => ({
  provider: "gitlab",
  name: "compile",
  stage: "build",
  result: "failure",
  nativeStatus: "failed",
  failureReason: null,
  detail: null,
  fate: "finished",
  runResult: "failure",
  ...more,
});

describe("failure classes", () => {
  for (const [provider, list] of Object.entries(lists)) {
    const reasons = list.trim().split(/\s+/);

    it(`has one for each of ${reasons.length} reasons of ${provider}`, () => {
      const missing = reasons.filter((reason) => findMeaning(provider, reason) === undefined);
      expect(missing).to.deep.equal([]);
      for (const reason of reasons) {
        const result = findMeaning(provider, reason)?.startsWith("cancelled") === true ? "cancellation" : "error";
        const found = classifyFailure(job({ provider, failureReason: reason, result, runResult: result }));
        expect(found, reason)
          .to.be.oneOf([...failureClasses])
          .and.not.equal("unknown");
      }
    });
  }

  const cases: readonly (readonly [title: string, expected: FailureClass, job: Partial<Unsuccessful>])[] = [
    ["a script that failed", "script", { failureReason: "script_failure" }],
    ["a job that is called after tests", "test", { failureReason: "script_failure", name: "unit-tests" }],
    ["a job of the stage test", "test", { failureReason: "script_failure", stage: "test" }],
    ["latest is no test", "script", { failureReason: "script_failure", name: "deploy latest" }],
    ["a step that runs tests", "test", { provider: "github", detail: { failedStep: "Run npm test" } }],
    ["a step that does not, in a stage that does", "script", { stage: "test", detail: { failedStep: "Run npm ci" } }],
    ["GitHub's own step before the job", "dependency", { provider: "github", detail: { failedStep: "Set up job" } }],
    ["GitHub's containers", "image", { provider: "github", detail: { failedStep: "Initialize containers" } }],
    ["no step failed, but the job did", "runner_lost", { provider: "github", detail: { steps: [["Run make", 4]] } }],
    ["GitHub without steps", "script", { provider: "github", nativeStatus: "failure" }],
    ["an unstable build", "test", { provider: "jenkins", failureReason: "UNSTABLE", nativeStatus: "UNSTABLE" }],
    ["exit code 137", "oom", { provider: "tekton", failureReason: "Failed", detail: { exitCode: 137 } }],
    ["another exit code", "script", { provider: "tekton", failureReason: "Failed", detail: { exitCode: 1 } }],
    ["a timeout, whatever killed it", "timeout", { result: "timeout", detail: { exitCode: 137 } }],
    ["a reason of tomorrow for a failure", "script", { failureReason: "brand_new" }],
    ["a reason of tomorrow for an error", "unknown", { failureReason: "brand_new", result: "error" }],
    ["a cancelled run", "cancelled_by_user", { result: "cancellation", runResult: "cancellation", fate: "cancelled" }],
    ["a superseded run", "superseded", { result: "cancellation", runResult: "cancellation", fate: "superseded" }],
    ["a cancelled job of a run that failed", "cancelled_by_system", { result: "cancellation" }],
    [
      "what GitHub gave up",
      "cancelled_by_system",
      { provider: "github", failureReason: "stale", result: "cancellation", runResult: "cancellation" },
    ],
  ];
  for (const [title, expected, more] of cases) {
    it(`of ${title}: ${expected}`, () => {
      expect(classifyFailure(job(more))).to.equal(expected);
    });
  }

  it("has none for what passed, was skipped or is not over", () => {
    for (const result of [...runResults, null]) {
      const found = classifyFailure(job({ result }));
      if (result === "success" || result === "skip" || result === null) expect(found).to.equal(undefined);
      else expect(found).to.be.oneOf([...failureClasses]);
    }
  });
});
