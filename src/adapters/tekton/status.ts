import type { Result, State } from "../../core/model.ts";
import type { Condition } from "./schema.ts";

/** The body's key names the kind; the event's source does not, and its type only repeats it. */
export const kinds = ["pipelineRun", "taskRun", "customRun", "run"] as const;
export type Kind = (typeof kinds)[number];

export interface Judged {
  readonly state: State;
  readonly result: Result | null;
  readonly nativeStatus: string;
  /** The order of a run's states within one attempt, so that what arrives late never leads backwards. */
  readonly rank: number;
  /** The failure was declared not to matter (`onError: continue`). */
  readonly allowFailure?: true;
}

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
 * Reasons of a run that was to be stopped and whose children could not be; the controller tries again until it can
 * (tektoncd/pipeline: pkg/reconciler/pipelinerun/cancel.go, timeout.go).
 */
const unstoppableReasons: ReadonlySet<string> = new Set(["PipelineRunCouldntCancel", "PipelineRunCouldntTimeOut"]);

/** Reasons of a run on its way down, which follow Running. */
const stoppingReasons: ReadonlySet<string> = new Set([
  "PipelineRunStopping",
  "PipelineRunTimeoutRunningFinally",
  "CancelledRunningFinally",
  "StoppedRunningFinally",
]);

/**
 * Reasons of a condition that is False (same pages); what is not listed is a failure of the work itself, such as
 * Failed, StepFailed, StepOOM, SidecarFailed, SidecarOOM. Words of the alpha Run and of old releases are among them.
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

/** The reason of a False condition as a result. */
function judgeFailure(reason: string, statusMessage: string): Result {
  if (cancelled.includes(reason)) return statusMessage.includes(stoppedByTimeout) ? "timeout" : "cancellation";
  if (timedOut.includes(reason)) return "timeout";
  return errors.includes(reason) || errorFamilies.some((family) => family.test(reason)) ? "error" : "failure";
}

/** What the event's type says (`….failed.v1`), used only where the body has no readable condition. */
const verdicts: ReadonlyMap<string, string> = new Map([
  ["successful", "True"],
  ["failed", "False"],
]);

/**
 * A run may be held before it starts (`spec.status`, no `startTime` yet) and may wait after it: for its definition, for
 * the quota of its volumes, a TaskRun for its pod. tektoncd/pipeline: pkg/reconciler/pipelinerun/pipelinerun.go, ReasonPending.
 */
const rank = {
  begun: 0,
  held: 1,
  started: 2,
  waiting: 3,
  running: 4,
  unstoppable: 5,
  stopping: 6,
  finished: 7,
} as const;

/** What else is known of a run when its condition is judged. */
export interface Evidence {
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

/** The condition's status decides; its reason only refines. Unknown reasons are kept verbatim and never an error. */
export function judge(condition: Condition | undefined, evidence: Evidence): Judged {
  const { word } = evidence;
  const readable = ["True", "False", "Unknown"].includes(condition?.status ?? "");
  const status = readable ? condition?.status : (verdicts.get(word) ?? "Unknown");
  const reason = condition?.reason ?? "";
  const nativeStatus = reason || condition?.status || word || "unknown";
  if (status === "True") return { state: "finished", result: "success", nativeStatus, rank: rank.finished };
  if (status === "False") {
    const result = judgeFailure(reason, evidence.statusMessage);
    const judged = { state: "finished", result, nativeStatus, rank: rank.finished } as const;
    return reason === "FailureIgnored" ? { ...judged, allowFailure: true } : judged;
  }
  const step = progress(condition, reason, evidence);
  // A started TaskRun has no pod yet: Pending follows, for as long as the cluster has no room.
  const begins = step >= rank.running || (step === rank.started && evidence.kind !== "taskRun");
  const executing = begins || evidence.retried || evidence.stepped;
  return { state: executing ? "executing" : "pending", result: null, nativeStatus, rank: step };
}

function progress(condition: Condition | undefined, reason: string, { started, stepped }: Evidence): number {
  if (stoppingReasons.has(reason)) return rank.stopping;
  if (unstoppableReasons.has(reason)) return rank.unstoppable;
  if (reason === "ToBeRetried") return rank.begun;
  if (reason === "Running" || stepped) return rank.running;
  if (reason === "Started") return rank.started;
  if (waitingReasons.has(reason)) return started ? rank.waiting : rank.held;
  if (started) return condition === undefined ? rank.started : rank.running;
  return condition === undefined ? rank.begun : rank.held;
}
