import { parseTime } from "../time.ts";
import type { Attempt, Condition, Metadata } from "./schema.ts";
import type { Millis } from "../../core/time.ts";

/**
 * Reads a time (whole seconds, UTC). `undefined` for no time, which Go may write as its zero time. A text that is no time is
 * added to `problems`.
 */
export function readTime(field: string, text: string | null | undefined, problems: string[]): Millis | undefined {
  if (text === null || text === undefined || text.startsWith("0001-01-01")) return undefined;
  const at = parseTime(text);
  if (at === undefined) problems.push(`${field} is not a time`);
  return at;
}

/** The condition that says whether a run, or one attempt of it, has ended and how. */
export function findSucceededCondition(attempt: Attempt): Condition | undefined {
  return attempt.conditions?.find(({ type }) => type === "Succeeded");
}

/** The PipelineRun that created a resource. */
export function findOwner({ ownerReferences }: Metadata): { uid: string; name: string } | undefined {
  const owner = ownerReferences?.find(({ kind }) => kind === "PipelineRun");
  return owner === undefined ? undefined : { uid: owner.uid, name: owner.name ?? "" };
}

/**
 * Whether the controller of a custom task made the resource, such as one TaskRun for each turn of a loop. It carries the labels of the
 * CustomRun, which is the job already (tektoncd/experimental: task-loops/pkg/reconciler/tasklooprun, getTaskRunLabels).
 */
export function isPartOfCustomRun({ ownerReferences }: Metadata): boolean {
  return ownerReferences?.some(({ kind }) => kind === "CustomRun" || kind === "Run") ?? false;
}
