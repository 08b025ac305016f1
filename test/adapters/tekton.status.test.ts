import { expect } from "chai";
import {
  condition,
  event,
  at,
  pipelineRun,
  parseObservation,
  parseJobObservation,
  steps,
  taskRun,
  type Json,
} from "../support/payloads/tekton.ts";

const succeeded = "True";
const failed = "False";
const unknown = "Unknown";

/** The run's state and result, with the word that the adapter keeps. */
function judgedRun(status: string, reason: string, more: Json = { startTime: at(1) }): unknown[] {
  const { state, result, nativeStatus } = parseObservation(
    event("pipelineRun", "unknown", pipelineRun({ ...condition(status, reason, 9), ...more })),
  ).facts;
  expect(nativeStatus).to.equal(reason);
  return [state, result];
}

function judgedJob(status: string, reason: string, more: Json = { startTime: at(1) }): unknown[] {
  const { state, result, nativeStatus } = parseJobObservation(
    event("taskRun", "unknown", taskRun({ ...condition(status, reason, 9), ...more })),
  ).facts;
  expect(nativeStatus).to.equal(reason);
  return [state, result];
}

describe("tekton adapter: reasons of a PipelineRun", () => {
  const table: [status: string, reasons: string, state: string, result: string | null][] = [
    [unknown, "Started Running SomethingNew", "executing", null],
    [unknown, "PipelineRunStopping PipelineRunTimeoutRunningFinally", "executing", null],
    [unknown, "CancelledRunningFinally StoppedRunningFinally", "executing", null],
    [unknown, "PipelineRunCouldntCancel PipelineRunCouldntTimeOut", "executing", null],
    [unknown, "PipelineRunPending ResolvingPipelineRef", "pending", null],
    [succeeded, "Succeeded Completed SomethingNew", "finished", "success"],
    [failed, "Failed SomethingNew", "finished", "failure"],
    [
      failed,
      "Cancelled PipelineRunCancelled CancelledRunningFinally StoppedRunningFinally",
      "finished",
      "cancellation",
    ],
    [failed, "PipelineRunTimeout PipelineRunTimeoutRunningFinally", "finished", "timeout"],
    [failed, "CouldntGetPipeline CouldntGetTask CouldntGetPipelineResult", "finished", "error"],
    [failed, "CouldntCreateWorkspacePVC CouldntCreateAffinityAssistantStatefulSet", "finished", "error"],
    [failed, "ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet", "finished", "error"],
    [failed, "InvalidWorkspaceBindings InvalidTaskRunSpecs InvalidMatrixParameterTypes", "finished", "error"],
    [failed, "InvalidTaskResultReference InvalidPipelineResultReference", "finished", "error"],
    [failed, "InvalidParamValue InvalidPipelineResourceBindings", "finished", "error"],
    [failed, "ParameterTypeMismatch ParameterMissing ObjectParameterMissKeys", "finished", "error"],
    [failed, "ParamArrayIndexingInvalid PipelineValidationFailed PipelineInvalidGraph", "finished", "error"],
    [failed, "PipelineRunCouldntCancel PipelineRunCouldntTimeOut CreateRunFailed", "finished", "error"],
    [failed, "RequiredWorkspaceMarkedOptional ResourceVerificationFailed CELEvaluationFailed", "finished", "error"],
  ];
  for (const [status, reasons, state, result] of table) {
    for (const reason of reasons.split(" ")) {
      it(`${status} ${reason} is ${state} ${result ?? ""}`, () => {
        expect(judgedRun(status, reason)).to.deep.equal([state, result]);
      });
    }
  }

  it("a condition that is not Succeeded says nothing", () => {
    const conditions = [{ type: "Ready", status: "False", reason: "Failed", lastTransitionTime: at(3) }];
    const ready = { conditions: [...conditions, ...(condition(unknown, "Running", 4)["conditions"] as Json[])] };

    expect(parseObservation(event("pipelineRun", "running", pipelineRun(ready))).facts.nativeStatus).to.equal(
      "Running",
    );
  });

  const words: [word: string, status: Json, state: string, result: string | null, nativeStatus: string][] = [
    ["queued", {}, "pending", null, "queued"],
    ["started", { startTime: at(1) }, "executing", null, "started"],
    ["successful", {}, "finished", "success", "successful"],
    ["failed", {}, "finished", "failure", "failed"],
    ["constructor", {}, "pending", null, "constructor"],
    ["failed", condition("Perhaps", "Odd", 3), "finished", "failure", "Odd"],
    ["running", condition("Perhaps", "Odd", 3), "pending", null, "Odd"],
    ["running", { ...condition("Perhaps", "", 3), startTime: at(1) }, "executing", null, "Perhaps"],
    ["failed", condition(unknown, "Running", 3), "executing", null, "Running"],
  ];
  for (const [word, status, state, result, nativeStatus] of words) {
    it(`the type's word "${word}" with ${JSON.stringify(status)} is ${state} ${result ?? ""}`, () => {
      const { facts } = parseObservation(event("pipelineRun", word, pipelineRun(status)));

      expect(facts).to.include({ state, result, nativeStatus });
    });
  }
});

describe("tekton adapter: reasons of a TaskRun, CustomRun and Run", () => {
  const table: [status: string, reasons: string, state: string, result: string | null][] = [
    [unknown, "Running ToBeRetriedSomeday", "executing", null],
    // The controller has seen it and no pod exists: real captures go Started, Pending, Running.
    [unknown, "Started Pending TaskRunPending ExceededResourceQuota ExceededNodeResources", "pending", null],
    [unknown, "ResolvingTaskRef ResolvingStepActionRef PullImageFailed TaskRunImagePullFailed", "pending", null],
    [unknown, "CreateContainerConfigError PodCreationFailed", "pending", null],
    [succeeded, "Succeeded", "finished", "success"],
    [failed, "Failed StepFailed StepOOM SidecarFailed SidecarOOM FailureIgnored", "finished", "failure"],
    [failed, "TaskRunCancelled CustomRunCancelled RunCancelled", "finished", "cancellation"],
    [failed, "TaskRunTimeout CustomRunTimedOut RunTimedOut", "finished", "timeout"],
    [
      failed,
      "TaskRunImagePullFailed CreateContainerConfigError PodCreationFailed PullImageFailed TaskValidationFailed",
      "finished",
      "error",
    ],
    [failed, "ExceededResourceQuota ExceededNodeResources PodAdmissionFailed InvalidParamValue", "finished", "error"],
    [failed, "InitContainerFailed InitContainerOOM PodEvicted ResourceVerificationFailed", "finished", "error"],
    [failed, "TaskRunResolutionFailed TaskRunValidationFailed CustomRunWorkspaceNotSupported", "finished", "error"],
    [failed, "RunWorkspaceNotSupported RunPodTemplateNotSupported TaskRunStopSidecarFailed", "finished", "error"],
    [failed, "CouldntCreateWorkspacePVC", "finished", "error"],
  ];
  for (const [status, reasons, state, result] of table) {
    for (const reason of reasons.split(" ")) {
      it(`${status} ${reason} is ${state} ${result ?? ""}`, () => {
        expect(judgedJob(status, reason)).to.deep.equal([state, result]);
      });
    }
  }

  it("Pending with a step that runs is executing", () => {
    expect(judgedJob(unknown, "Pending", { startTime: at(1), ...steps(5) })).to.deep.equal(["executing", null]);
  });

  it("an ignored failure is a failure that is allowed", () => {
    const ignored = parseJobObservation(event("taskRun", "failed", taskRun(condition(failed, "FailureIgnored", 9))));
    const plain = parseJobObservation(event("taskRun", "failed", taskRun(condition(failed, "Failed", 9))));

    expect(ignored.facts).to.include({ result: "failure", allowFailure: true, failureReason: "FailureIgnored" });
    expect(plain.facts).not.to.have.property("allowFailure");
  });

  it("the kind is the body's key, with any type", () => {
    const custom = parseJobObservation(event("customRun", "started", taskRun(condition(unknown, "Started", 9))));
    const old = parseJobObservation(event("run", "started", taskRun(condition(unknown, "Started", 9))));

    expect([custom.facts.state, old.facts.state]).to.deep.equal(["executing", "executing"]);
  });
});
