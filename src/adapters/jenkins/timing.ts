import type { Millis, Moments } from "../../core/model.ts";
import type { Build } from "./schema.ts";
import type { Meaning } from "./status.ts";

export interface Timing {
  readonly moments: Moments;
  /** `null` as long as the build has not ended. */
  readonly finishedAt: Millis | null;
  /** `undefined` where the delivery has no duration: the core then takes the time from start to end. */
  readonly durationSeconds: number | undefined;
}

const earliestMoment = Date.UTC(1990, 0);

/**
 * What the moments of a delivery are. `timestamp` is the entry into the queue for QUEUED (0 where that is not known),
 * the start for STARTED (the current time when `notifyEndpoints` sends it, hence later than the start, and the earliest
 * one counts), start + duration for COMPLETED, and the moment of sending for FINALIZED, which is why that one does not
 * tell the start: a queue time taken from it would be too long. Versions before 1.12 have none: they send while the
 * build waits for the answer, so the arrival is as good. No moment is doubted because of when it arrives: all are of one
 * clock, the controller's, and a delivery may come days late or be sent again.
 */
export function timingOf({ phase, result }: Meaning, build: Build, receivedAt: Millis): Timing {
  const at = momentOf(build.timestamp);
  if (result === null) {
    const moments = phase === "queued" ? { queuedAt: at } : { startedAt: at ?? receivedAt };
    return { moments, finishedAt: null, durationSeconds: undefined };
  }
  const duration = build.duration ?? 0;
  const tellsStart = phase === "completed" && at !== undefined && duration > 0;
  return {
    moments: tellsStart ? { startedAt: momentOf(Math.round(at - duration)) } : {},
    finishedAt: at ?? receivedAt,
    durationSeconds: duration > 0 ? duration / 1000 : undefined,
  };
}

function momentOf(timestamp: number | null | undefined): Millis | undefined {
  return typeof timestamp === "number" && timestamp >= earliestMoment ? timestamp : undefined;
}
