import type { Millis, Version } from "../../core/model.ts";
import { fail, succeed, type Result } from "../../core/result.ts";
import { parseTime } from "../time.ts";
import type { Attempt, Condition, Resource, Step } from "./schema.ts";
import type { Judged, Kind } from "./status.ts";

/** The moments of one resource; Tekton's have a resolution of one second. */
export interface Times {
  readonly created: Millis;
  /** The start of the first attempt: Tekton's own `startTime` is that of the last one. */
  readonly started: Millis | undefined;
  /** When the first step ran: what a TaskRun waited for until then is its pod. */
  readonly stepped: Millis | undefined;
  /** A step of the present attempt has run. */
  readonly isStepping: boolean;
  readonly completed: Millis | undefined;
  readonly transitioned: Millis | undefined;
  /** When the newest attempt that was given up ended. */
  readonly gaveUp: Millis | undefined;
}

/** What the moments say once the state is known; seconds as core expects them. */
export interface Measured {
  readonly version: Version;
  readonly queuedAt: Millis;
  readonly startedAt: Millis | undefined;
  readonly facts: {
    readonly finishedAt: Millis | null;
    readonly queueSeconds?: number | null;
    readonly durationSeconds?: number | null;
  };
}

export function succeededCondition(attempt: Attempt): Condition | undefined {
  return attempt.conditions?.find(({ type }) => type === "Succeeded");
}

/** Reads every moment, or names the fields that hold no moment. Go's zero time is none, and no mistake either. */
export function readTimes({ metadata, status }: Resource): Result<Times> {
  const problems: string[] = [];
  const read = (text: string | null | undefined, field: string): Millis | undefined => {
    if (text === null || text === undefined || text.startsWith("0001-01-01")) return undefined;
    const at = parseTime(text);
    if (at === undefined) problems.push(`${field} is not a time`);
    return at;
  };
  const created = read(metadata.creationTimestamp, "metadata.creationTimestamp");
  const step = (of: Step, field: string) => {
    const at = read(of.running?.startedAt ?? of.terminated?.startedAt, `${field}.startedAt`);
    return neverRan(of, at, created) ? undefined : at;
  };
  const attempt = (of: Attempt, field: string) => ({
    started: read(of.startTime, `${field}.startTime`),
    completed: read(of.completionTime, `${field}.completionTime`),
    transitioned: read(succeededCondition(of)?.lastTransitionTime, `${field}.conditions.lastTransitionTime`),
    stepped: earliest((of.steps ?? []).map((s, i) => step(s ?? {}, `${field}.steps.${i}`))),
  });

  const last = attempt(status ?? {}, "status");
  const earlier = (status?.retriesStatus ?? []).map((of, i) => attempt(of, `status.retriesStatus.${i}`));
  if (created === undefined) problems.push("metadata.creationTimestamp is not a time");
  if (problems.length > 0 || created === undefined) return fail(...new Set(problems));
  const gaveUp = latest(earlier.map(({ completed, transitioned }) => completed ?? transitioned));
  return succeed({
    created,
    started: [...earlier, last].find(({ started }) => started !== undefined)?.started,
    stepped: earliest([...earlier, last].map(({ stepped }) => stepped)),
    // What stands in `steps` is the last attempt's until the next one has a pod: tektoncd/pipeline, retryTaskRun().
    isStepping: last.stepped !== undefined && (gaveUp === undefined || last.stepped > gaveUp),
    completed: last.completed,
    transitioned: last.transitioned,
    gaveUp,
  });
}

/**
 * A step that was still waiting when its pod was deleted gets the creation of its TaskRun for its start, because the field
 * may not be empty (tektoncd/pipeline from v0.70: pkg/reconciler/taskrun/taskrun.go, terminateStepsInPod). Its container
 * never had an image, which tells it from a step that began within the second of the creation.
 */
function neverRan({ running, imageID }: Step, at: Millis | undefined, created: Millis | undefined): boolean {
  return !running && !imageID && at === created;
}

/**
 * The version of an unfinished statement holds only moments that the finished statement of the same uid holds too, so
 * none that comes late can be greater, whatever its own clocks say: Tekton sends each event from a routine of its own,
 * and even `resourceVersion` was seen to rise while the state went back.
 */
export function measure(kind: Kind, times: Times, judged: Judged, worked: boolean): Measured {
  const { created, started, stepped, completed, transitioned } = times;
  const known = latest([created, times.gaveUp]) ?? created;
  const waited = kind === "taskRun" ? (stepped ?? runningSince(times, judged)) : started;
  if (judged.state !== "finished") {
    const version = { epoch: 0, clock: known, rank: judged.rank };
    const queueSeconds = judged.state === "executing" ? seconds(created, waited) : null;
    return {
      version,
      queuedAt: created,
      startedAt: judged.state === "executing" ? started : undefined,
      facts: { finishedAt: null, ...(queueSeconds === null ? {} : { queueSeconds }) },
    };
  }
  const finishedAt = completed ?? transitioned ?? null;
  const clock = latest([known, completed, transitioned]) ?? known;
  return {
    version: { epoch: 0, clock, rank: judged.rank },
    queuedAt: created,
    startedAt: worked ? started : undefined,
    facts: {
      finishedAt,
      queueSeconds: seconds(created, worked ? waited : finishedAt),
      durationSeconds:
        worked && started !== undefined && (finishedAt ?? 0) >= started ? seconds(started, finishedAt) : null,
    },
  };
}

/** Without steps, the condition tells since when the pod has been running; after a retry it tells of another pod. */
function runningSince({ transitioned, gaveUp }: Times, { nativeStatus }: Judged): Millis | undefined {
  return nativeStatus === "Running" && gaveUp === undefined ? transitioned : undefined;
}

/** Never negative: two clocks that differ by a second are no wait. */
function seconds(from: Millis, to: Millis | null | undefined): number | null {
  return to === null || to === undefined ? null : Math.max(0, to - from) / 1000;
}

function earliest(moments: readonly (Millis | undefined)[]): Millis | undefined {
  const known = moments.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
}

function latest(moments: readonly (Millis | undefined)[]): Millis | undefined {
  const known = moments.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
}
