import type { NativeState } from "../native-state.ts";
import type { Condition } from "./schema.ts";
import type { RunResult } from "../../core/states.ts";

/** The kinds of resources, as the body's key names them. The event's type repeats the kind, its source does not have it. */
export const kinds = ["pipelineRun", "taskRun", "customRun", "run"] as const;
export type Kind = (typeof kinds)[number];

/**
 * Reasons of a condition that is still Unknown: https://tekton.dev/docs/pipelines/pipelineruns/#monitoring-execution-status
 * and https://tekton.dev/docs/pipelines/taskruns/#monitoring-execution-status. What is not listed is executing.
 */
const waitingReasons: ReadonlySet<string> = new Set([
  "Pending",
  "PipelineRunPending",
  "TaskRunPending",
  "ResolvingPipelineRef",
  "ResolvingTaskRef",
  "ResolvingStepActionRef",
  "ExceededResourceQuota",
  "ExceededNodeResources",
  "PullImageFailed",
  "TaskRunImagePullFailed",
  "CreateContainerConfigError",
  "PodCreationFailed",
]);

/**
 * Reasons of a run whose children the controller failed to stop; it tries again until it can (tektoncd/pipeline: pkg/reconciler/pipelinerun/cancel.go, timeout.go).
 */
const unstoppableReasons: ReadonlySet<string> = new Set(["PipelineRunCouldntCancel", "PipelineRunCouldntTimeOut"]);

/** Reasons of a run that is being stopped, which follow Running. */
const stoppingReasons: ReadonlySet<string> = new Set([
  "PipelineRunStopping",
  "PipelineRunTimeoutRunningFinally",
  "CancelledRunningFinally",
  "StoppedRunningFinally",
]);

/**
 * Reasons of a condition that is False (same pages); a reason that is not listed is a failure of the work itself, such
 * as Failed, StepFailed, StepOOM, SidecarFailed, SidecarOOM. Reasons of the alpha Run and of old releases are among them.
 */
const cancelled = [
  "Cancelled",
  "PipelineRunCancelled",
  "TaskRunCancelled",
  "CustomRunCancelled",
  "RunCancelled",
  "CancelledRunningFinally",
  "StoppedRunningFinally",
];
const timedOut = [
  "PipelineRunTimeout",
  "PipelineRunTimeoutRunningFinally",
  "TaskRunTimeout",
  "CustomRunTimedOut",
  "RunTimedOut",
];
const errors = [
  "ObjectParameterMissKeys",
  "ParamArrayIndexingInvalid",
  "PipelineInvalidGraph",
  "PipelineRunCouldntCancel",
  "PipelineRunCouldntTimeOut",
  "RequiredWorkspaceMarkedOptional",
  "ResourceVerificationFailed",
  "CreateRunFailed",
  "CELEvaluationFailed",
  "TaskRunResolutionFailed",
  "TaskRunImagePullFailed",
  "CreateContainerConfigError",
  "PodCreationFailed",
  "PodAdmissionFailed",
  "PodEvicted",
  "PullImageFailed",
  "ExceededResourceQuota",
  "ExceededNodeResources",
  "InitContainerFailed",
  "InitContainerOOM",
  "TaskRunStopSidecarFailed",
  "CustomRunWorkspaceNotSupported",
  "RunWorkspaceNotSupported",
  "RunPodTemplateNotSupported",
];
/**
 * Families of reasons that grow with every release: nothing ran, because the definition or the cluster was at fault.
 * "CouldntCreate" stands in the middle of `ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet` (tektoncd/pipeline:
 * pkg/reconciler/pipelinerun/affinity_assistant.go) and begins `CouldntCreateWorkspacePVC` (pkg/reconciler/volumeclaim).
 */
const errorFamilies = [/CouldntCreate/, /CouldntGet/, /^Invalid/, /^Parameter/, /Validation/];

/**
 * `spec.statusMessage` of a TaskRun, CustomRun or Run that the controller stopped because its PipelineRun ran out of time.
 * The reason says cancelled, but Tekton itself counts such a task as failed and not as cancelled: tektoncd/pipeline,
 * pkg/reconciler/pipelinerun/timeout.go and resources/pipelinerunresolution.go, `isCancelledForTimeOut`.
 */
const stoppedByTimeout = "cancelled as the PipelineRun it belongs to has timed out";

/** The result of a False condition by its reason. */
function interpretFailure(reason: string, statusMessage: string): RunResult {
  if (cancelled.includes(reason)) return statusMessage.includes(stoppedByTimeout) ? "timeout" : "cancellation";
  if (timedOut.includes(reason)) return "timeout";
  return errors.includes(reason) || errorFamilies.some((family) => family.test(reason)) ? "error" : "failure";
}

/** The status by the event's type (`….failed.v1`), used only where the body has no condition that can be read. */
const statusByWord: ReadonlyMap<string, string> = new Map([
  ["successful", "True"],
  ["failed", "False"],
]);

/**
 * The order of a run's states within one attempt. A run may be held before it starts (`spec.status`, no `startTime` yet) and may wait
 * after it: for its definition, for the quota of its volumes, a TaskRun for its pod. tektoncd/pipeline: pkg/reconciler/pipelinerun/pipelinerun.go, ReasonPending.
 */
const ranks = {
  begun: 0,
  held: 1,
  started: 2,
  waiting: 3,
  running: 4,
  unstoppable: 5,
  stopping: 6,
  finished: 7,
} as const;

/** What the state of a run depends on besides its condition. */
interface Evidence {
  readonly kind: Kind;
  /** The state in the event's type: `started`, `running`, `unknown`, … An `unknown` run is in progress. */
  readonly word: string;
  /** It has a start time. */
  readonly started: boolean;
  /** A step of its present attempt has run. */
  readonly stepped: boolean;
  /** It has been tried before, so it is past its beginning. */
  readonly retried: boolean;
  /** `spec.statusMessage`: why it was stopped, where the controller says so. */
  readonly statusMessage: string;
}

/**
 * The status of the condition decides, and its reason refines it. An unknown reason is stored as it is, and is never an error.
 */
export function interpretStatus(condition: Condition | undefined, evidence: Evidence): NativeState {
  const { word } = evidence;
  const isReadable = ["True", "False", "Unknown"].includes(condition?.status ?? "");
  const status = isReadable ? condition?.status : (statusByWord.get(word) ?? "Unknown");
  const reason = condition?.reason ?? "";
  const nativeStatus = reason || condition?.status || word || "unknown";
  if (status === "True") return { state: "finished", result: "success", nativeStatus, rank: ranks.finished };
  if (status === "False") {
    const result = interpretFailure(reason, evidence.statusMessage);
    return { state: "finished", result, nativeStatus, rank: ranks.finished };
  }
  const rank = rankUnfinished(condition, reason, evidence);
  // A started TaskRun has no pod yet: Pending follows, for as long as the cluster has no room.
  const begins = rank >= ranks.running || (rank === ranks.started && evidence.kind !== "taskRun");
  const isExecuting = begins || evidence.retried || evidence.stepped;
  return { state: isExecuting ? "executing" : "pending", result: null, nativeStatus, rank };
}

/** Whether the task failed and was declared with `onError: continue`, so that its pipeline goes on. */
export function isFailureIgnored({ result, nativeStatus }: NativeState): boolean {
  return result !== null && result !== "success" && nativeStatus === "FailureIgnored";
}

function rankUnfinished(condition: Condition | undefined, reason: string, { started, stepped }: Evidence): number {
  if (stoppingReasons.has(reason)) return ranks.stopping;
  if (unstoppableReasons.has(reason)) return ranks.unstoppable;
  if (reason === "ToBeRetried") return ranks.begun;
  if (reason === "Running" || stepped) return ranks.running;
  if (reason === "Started") return ranks.started;
  if (waitingReasons.has(reason)) return started ? ranks.waiting : ranks.held;
  if (started) return condition === undefined ? ranks.started : ranks.running;
  return condition === undefined ? ranks.begun : ranks.held;
}
