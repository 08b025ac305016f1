import type { ExecutionClue, Millis, Moments } from "../../core/model.ts";
import type { Build } from "./schema.ts";
import type { Meaning } from "./status.ts";

export interface Timing {
  readonly moments: Moments;
  /** `null` as long as the build has not ended. */
  readonly finishedAt: Millis | null;
  /** `undefined` where the delivery has no duration: the core then takes the time from start to end. */
  readonly durationSeconds: number | null | undefined;
  /** Where in the life of the build, and of its namesakes, the delivery stands: 0 where it has no timestamp. */
  readonly clock: Millis;
  readonly execution: ExecutionClue | undefined;
}

const earliestMoment = Date.UTC(1990, 0);

/**
 * What the moments of a delivery are. `timestamp` is the entry into the queue for QUEUED (0 where that is not known),
 * the start for STARTED (the current time when `notifyEndpoints` sends it, hence later than the start, and the earliest
 * one counts), start + duration for COMPLETED, and the moment of sending for FINALIZED, which is why that one does not
 * tell the start: a queue time taken from it would be too long. Versions before 1.12 have none: they send while the
 * build waits for the answer, so the arrival is as good. No moment is doubted because of when it arrives: all are of one
 * clock, the controller's, and a delivery may come days late or be sent again.
 * https://github.com/jenkinsci/notification-plugin: JobListener.java, NotifyStep.java
 */
export function timingOf({ phase, result }: Meaning, build: Build, receivedAt: Millis): Timing {
  const at = momentOf(build.timestamp);
  const item = readItem(build.queue_id);
  if (phase === "queued" || phase === "started") {
    const moments = phase === "queued" ? { queuedAt: at } : { startedAt: at ?? receivedAt };
    const execution = at === undefined && phase !== "queued" ? undefined : { item };
    // QUEUED comes with STARTED or not at all: it must not make a build look as if it still waited.
    const clock = phase === "queued" ? 0 : (at ?? 0);
    return { moments, finishedAt: null, durationSeconds: undefined, clock, execution };
  }
  const duration = build.duration ?? 0;
  const worked = duration > 0 ? Math.round(duration) : undefined;
  const isExact = phase === "completed" && at !== undefined && worked !== undefined;
  return {
    moments: isExact ? { startedAt: momentOf(at - worked) } : {},
    finishedAt: at ?? receivedAt,
    // What was skipped has no time of work, whatever passed until that was decided.
    durationSeconds: result === "skip" ? null : worked === undefined ? undefined : duration / 1000,
    clock: at ?? 0,
    execution: at === undefined ? undefined : { item, end: tellEnd(build, isExact), ...(worked ? { worked } : {}) },
  };
}

/**
 * `Run.getDuration()` is 0 until the end, so a duration of 0 is what `notifyEndpoints` sends in the middle of a build. A
 * version before 1.15 sends none.
 */
function tellEnd({ duration }: Build, isExact: boolean): ExecutionClue["end"] {
  return isExact ? "exact" : duration === 0 ? "unsure" : "late";
}

/** -1 stands for an item that is not known. */
function readItem(queueId: number | null | undefined): number | null {
  return typeof queueId === "number" && queueId >= 0 ? queueId : null;
}

function momentOf(timestamp: number | null | undefined): Millis | undefined {
  return typeof timestamp === "number" && timestamp >= earliestMoment ? timestamp : undefined;
}
