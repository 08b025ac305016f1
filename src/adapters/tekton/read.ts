import type { JobFacts, JobObservation, Observation } from "../../core/model.ts";
import { succeed, type Result } from "../../core/result.ts";
import { labels } from "./names.ts";
import type { Metadata, Resource } from "./schema.ts";
import { judge, type Judged, type Kind } from "./status.ts";
import { measure, readTimes, succeededCondition, type Measured, type Times } from "./times.ts";

/** What one event says, or why it says nothing that is of interest or can be used. */
export type Outcome =
  | { readonly observations: readonly [Observation, ...Observation[]] }
  | { readonly ignored: string }
  | { readonly problems: readonly string[] };

/** One resource as an event brought it. */
export interface Reported {
  readonly resource: Resource;
  readonly kind: Kind;
  /** The state in the event's type. */
  readonly word: string;
  readonly source: string;
}

/** The state and the moments of a resource. */
export interface Life {
  readonly judged: Judged;
  readonly measured: Measured;
}

/** Judges and times a resource, or names the fields that stand in the way. */
export function readLife({ resource, kind, word }: Reported): Result<Life> {
  const read = readTimes(resource);
  if (!read.ok) return read;
  const times = read.value;
  const status = resource.status ?? {};
  const judged = judge(succeededCondition(status), {
    kind,
    word,
    started: Boolean(status.startTime),
    stepped: times.isStepping,
    retried: (status.retriesStatus ?? []).length > 0,
    statusMessage: resource.spec?.statusMessage ?? "",
  });
  return succeed({ judged, measured: measure(kind, times, judged, worked(kind, resource, times, judged)) });
}

/**
 * Whether it came to do anything before it finished: what was cancelled, ran out of time or could not be set up
 * without a step (or a child) having started has waited, but has no duration.
 */
function worked(kind: Kind, { status }: Resource, times: Times, { result }: Judged): boolean {
  if (result === "success" || result === "failure") return true;
  if (kind === "taskRun") return times.stepped !== undefined;
  // The controller of a custom task that refuses it has begun with nothing.
  if (kind !== "pipelineRun") return result !== "error" && times.started !== undefined;
  const { childReferences, taskRuns, runs } = status ?? {};
  return [childReferences, taskRuns, runs].some((children) => Object.keys(children ?? {}).length > 0);
}

/** What a resource is as a job of a run. */
export function jobOf({ resource, kind }: Reported, name: string, { judged, measured }: Life): JobObservation {
  const { metadata, status } = resource;
  const { state, result, nativeStatus, allowFailure } = judged;
  const facts: Partial<JobFacts> = {
    name,
    stage: metadata.labels?.[labels.memberOf] || null,
    ...(kind === "pipelineRun" ? {} : { retries: status?.retriesStatus?.length ?? 0 }),
    ...(allowFailure === undefined ? {} : { allowFailure }),
    failureReason: state === "finished" && result !== "success" ? nativeStatus : null,
    nativeStatus,
    state,
    result,
    ...measured.facts,
  };
  const { version, queuedAt, startedAt } = measured;
  return { job: metadata.uid, version, queuedAt, startedAt, facts };
}

/**
 * Made by the controller of a custom task, such as one TaskRun for each turn of a loop: it carries the labels of the
 * CustomRun, which is the job already (tektoncd/experimental: task-loops/pkg/reconciler/tasklooprun, getTaskRunLabels).
 */
export function isPartOfCustomRun({ ownerReferences }: Metadata): boolean {
  return ownerReferences?.some(({ kind }) => kind === "CustomRun" || kind === "Run") ?? false;
}

/** The PipelineRun that created a resource: its uid, as far as it is told. */
export function ownerOf({ ownerReferences }: Metadata): { uid: string; name: string } | undefined {
  const owner = ownerReferences?.find(({ kind }) => kind === "PipelineRun");
  return owner === undefined ? undefined : { uid: owner.uid, name: owner.name ?? "" };
}
