import type { JobTry, Version } from "../../core/model.ts";
import type { NativeState } from "../native-state.ts";
import { findSucceededCondition, readTime } from "./fields.ts";
import type { Attempt, Resource, Step } from "./schema.ts";
import type { Kind } from "./status.ts";
import type { Millis } from "../../core/time.ts";

/** The moments of one resource, in whole seconds. */
export interface Times {
  readonly created: Millis;
  /** The start of the first attempt: Tekton's own `startTime` is that of the last one. */
  readonly started: Millis | undefined;
  /** When the first step ran. Until then a TaskRun waits for its pod. */
  readonly stepped: Millis | undefined;
  /** A step of the present attempt has run. */
  readonly isStepping: boolean;
  readonly completed: Millis | undefined;
  readonly transitioned: Millis | undefined;
  /** The end of the newest attempt that was followed by a retry. */
  readonly gaveUp: Millis | undefined;
  /** The attempts that were followed by a retry, the oldest first. */
  readonly tries: readonly JobTry[];
}

/** What is stored of the moments, as the core expects it. */
export interface Timing {
  readonly version: Version;
  readonly queuedAt: Millis;
  readonly startedAt: Millis | undefined;
  readonly facts: {
    readonly finishedAt: Millis | null;
    readonly queueSeconds?: number | null;
    readonly durationSeconds?: number | null;
  };
}

/** Reads all moments of a resource. `undefined` where a field holds no time, which is added to `problems`. */
export function readTimes({ metadata, status }: Resource, problems: string[]): Times | undefined {
  const created = readTime("metadata.creationTimestamp", metadata.creationTimestamp, problems);
  const readStep = (step: Step, field: string) => {
    const startedAt = step.running?.startedAt ?? step.terminated?.startedAt;
    const at = readTime(`${field}.startedAt`, startedAt, problems);
    return hasNeverRun(step, at, created) ? undefined : at;
  };
  const readAttempt = (attempt: Attempt, field: string) => ({
    started: readTime(`${field}.startTime`, attempt.startTime, problems),
    completed: readTime(`${field}.completionTime`, attempt.completionTime, problems),
    transitioned: readTime(
      `${field}.conditions.lastTransitionTime`,
      findSucceededCondition(attempt)?.lastTransitionTime,
      problems,
    ),
    stepped: findEarliest((attempt.steps ?? []).map((step, i) => readStep(step ?? {}, `${field}.steps.${i}`))),
  });

  const last = readAttempt(status ?? {}, "status");
  const earlier = (status?.retriesStatus ?? []).map((attempt, i) => readAttempt(attempt, `status.retriesStatus.${i}`));
  if (created === undefined) problems.push("metadata.creationTimestamp is not a time");
  if (problems.length > 0 || created === undefined) return undefined;
  const gaveUp = findLatest(earlier.map(({ completed, transitioned }) => completed ?? transitioned));
  return {
    created,
    started: [...earlier, last].find(({ started }) => started !== undefined)?.started,
    stepped: findEarliest([...earlier, last].map(({ stepped }) => stepped)),
    // Until the next attempt has a pod, `steps` are those of the attempt before: tektoncd/pipeline, retryTaskRun().
    isStepping: last.stepped !== undefined && (gaveUp === undefined || last.stepped > gaveUp),
    completed: last.completed,
    transitioned: last.transitioned,
    gaveUp,
    tries: earlier.map(({ started, completed, transitioned }, i): JobTry => {
      const condition = findSucceededCondition(status?.retriesStatus?.[i] ?? {});
      return [started ?? null, completed ?? transitioned ?? null, condition?.reason || null];
    }),
  };
}

/**
 * A step that was still waiting when its pod was deleted gets the creation of its TaskRun as its start, because the field may not be
 * empty (tektoncd/pipeline from v0.70: pkg/reconciler/taskrun/taskrun.go, terminateStepsInPod). Its container never had an image,
 * which a step that began within the second of the creation has.
 */
function hasNeverRun({ running, imageID }: Step, at: Millis | undefined, created: Millis | undefined): boolean {
  return !running && !imageID && at === created;
}

/**
 * The clock of an unfinished statement is made of moments that the finished statement of the same uid has too. So an unfinished
 * statement that arrives late is never the greater one, even where clocks differ: Tekton sends each event from a goroutine of its own,
 * and even `resourceVersion` was seen to rise while the state went back.
 */
export function measureRun(kind: Kind, times: Times, native: NativeState, worked: boolean): Timing {
  const { created, started, stepped, completed, transitioned } = times;
  const { state, rank } = native;
  const unfinishedClock = findLatest([created, times.gaveUp]) ?? created;
  const queuedUntil = kind === "taskRun" ? (stepped ?? findRunningSince(times, native)) : started;
  if (state !== "finished") {
    const queueSeconds = state === "executing" ? computeSeconds(created, queuedUntil) : null;
    return {
      version: { epoch: 0, clock: unfinishedClock, rank },
      queuedAt: created,
      startedAt: state === "executing" ? started : undefined,
      facts: { finishedAt: null, ...(queueSeconds === null ? {} : { queueSeconds }) },
    };
  }
  const finishedAt = completed ?? transitioned ?? null;
  const clock = findLatest([unfinishedClock, completed, transitioned]) ?? unfinishedClock;
  return {
    version: { epoch: 0, clock, rank },
    queuedAt: created,
    startedAt: worked ? started : undefined,
    facts: {
      finishedAt,
      queueSeconds: computeSeconds(created, worked ? queuedUntil : finishedAt),
      durationSeconds:
        worked && started !== undefined && (finishedAt ?? 0) >= started ? computeSeconds(started, finishedAt) : null,
    },
  };
}

/** Since when the pod of a TaskRun without steps has run, by its condition. After a retry that is the time of another pod. */
function findRunningSince({ transitioned, gaveUp }: Times, { nativeStatus }: NativeState): Millis | undefined {
  return nativeStatus === "Running" && gaveUp === undefined ? transitioned : undefined;
}

/** Never negative: a difference of a second between two clocks is no wait. */
function computeSeconds(from: Millis, to: Millis | null | undefined): number | null {
  return to === null || to === undefined ? null : Math.max(0, to - from) / 1000;
}

function findEarliest(moments: readonly (Millis | undefined)[]): Millis | undefined {
  const defined = moments.filter((at) => at !== undefined);
  return defined.length === 0 ? undefined : defined.reduce((a, b) => Math.min(a, b));
}

function findLatest(moments: readonly (Millis | undefined)[]): Millis | undefined {
  const defined = moments.filter((at) => at !== undefined);
  return defined.length === 0 ? undefined : defined.reduce((a, b) => Math.max(a, b));
}
