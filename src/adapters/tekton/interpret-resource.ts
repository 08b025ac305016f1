import type { SourceSettings } from "../../core/adapter.ts";
import { fail, succeed, type Result } from "../../core/result.ts";
import type { JobTry } from "../../core/model.ts";
import type { NativeState } from "../native-state.ts";
import { findSucceededCondition } from "./fields.ts";
import type { Resource } from "./schema.ts";
import { interpretStatus, type Kind } from "./status.ts";
import { measureRun, readTimes, type Times, type Timing } from "./timing.ts";

/** One resource as an event brought it. */
export interface ReportedResource {
  readonly resource: Resource;
  readonly kind: Kind;
  /** The state in the event's type. */
  readonly word: string;
  readonly source: string;
  readonly settings: SourceSettings;
}

/** The state and the moments of a resource. */
export interface Interpretation {
  readonly native: NativeState;
  readonly timing: Timing;
  readonly tries: readonly JobTry[];
}

/** Reads the state and the moments of a resource. The problems name the fields that hold no time. */
export function interpretResource({ resource, kind, word }: ReportedResource): Result<Interpretation> {
  const problems: string[] = [];
  const times = readTimes(resource, problems);
  if (times === undefined) return fail(...new Set(problems));
  const status = resource.status ?? {};
  const native = interpretStatus(findSucceededCondition(status), {
    kind,
    word,
    started: Boolean(status.startTime),
    stepped: times.isStepping,
    retried: (status.retriesStatus ?? []).length > 0,
    statusMessage: resource.spec?.statusMessage ?? "",
  });
  const timing = measureRun(kind, times, native, hasWorked(kind, resource, times, native));
  return succeed({ native, timing, tries: times.tries });
}

/**
 * Whether a resource did any work before it finished. What was cancelled, ran out of time or could not be set up without a step (or a
 * child) having started has waited, but has no duration.
 */
function hasWorked(kind: Kind, { status }: Resource, times: Times, { result }: NativeState): boolean {
  if (result === "success" || result === "failure") return true;
  if (kind === "taskRun") return times.stepped !== undefined;
  // The controller of a custom task that refuses a run has not begun to work.
  if (kind !== "pipelineRun") return result !== "error" && times.started !== undefined;
  const { childReferences, taskRuns, runs } = status ?? {};
  return [childReferences, taskRuns, runs].some((children) => Object.keys(children ?? {}).length > 0);
}
