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
/** A longer wait is a wrong clock, not a queue. */
const longestQueue = 7 * 24 * 60 * 60 * 1000;

/**
 * What the moments of a delivery are. `timestamp` is the entry into the queue for QUEUED (0 where that is not known),
 * the start for STARTED (the current time when `notifyEndpoints` sends it, hence later than the start, and the earliest
 * one counts), start + duration for COMPLETED, and the moment of sending for FINALIZED, which is why that one does not
 * tell the start: a queue time taken from it would be too long. Versions before 1.12 have none: they send while the
 * build waits for the answer, so the arrival is as good.
 */
export function timingOf({ phase, result }: Meaning, build: Build, receivedAt: Millis): Timing {
  const at = momentOf(build.timestamp);
  if (result === null) {
    const moments = phase === "queued" ? { queuedAt: queuedAt(at, receivedAt) } : { startedAt: at ?? receivedAt };
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

/** QUEUED is sent at the start, so its age on arrival is the queue time, and one delivery suffices to doubt it. */
function queuedAt(at: Millis | undefined, receivedAt: Millis): Millis | undefined {
  return at !== undefined && receivedAt - at < longestQueue ? at : undefined;
}

function momentOf(timestamp: number | null | undefined): Millis | undefined {
  return typeof timestamp === "number" && timestamp >= earliestMoment ? timestamp : undefined;
}
