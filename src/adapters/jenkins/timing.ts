import type { ExecutionClue, Moments } from "../../core/model.ts";
import type { NativeState } from "../native-state.ts";
import { readQueueItem, readTime } from "./fields.ts";
import type { Build } from "./schema.ts";
import { ranks } from "./status.ts";
import type { Millis } from "../../core/time.ts";

interface Timing {
  readonly moments: Moments;
  /** `null` as long as the build has not ended. */
  readonly finishedAt: Millis | null;
  /** `undefined` where the delivery has no duration: the core then takes the time from start to end. */
  readonly durationSeconds: number | null | undefined;
  /** Orders the deliveries of this build, and of other builds with the same path; 0 where the delivery has no timestamp. */
  readonly clock: Millis;
  readonly execution: ExecutionClue | undefined;
}

/**
 * The moments of a build according to one delivery. `timestamp` is the entry into the queue for QUEUED (0 where that is unknown),
 * the start for STARTED (the current time when `notifyEndpoints` sends it, hence later than the start, and the earliest
 * one counts), start + duration for COMPLETED, and the moment of sending for FINALIZED, which is why no start is taken
 * from that one: the queue time would be too long. Versions before 1.12 have none: they send while the
 * build waits for the answer, so the arrival is as good. No moment is rejected because of when it arrives: all come
 * from one clock, the controller's, and a delivery may arrive days late or be sent again.
 * https://github.com/jenkinsci/notification-plugin: JobListener.java, NotifyStep.java
 */
export function measureRun({ state, result, rank }: NativeState, build: Build, receivedAt: Millis): Timing {
  const at = readTime(build.timestamp);
  const item = readQueueItem(build.queue_id);
  if (state !== "finished") {
    const isQueued = state === "pending";
    const moments = isQueued ? { queuedAt: at } : { startedAt: at ?? receivedAt };
    const execution = at === undefined && !isQueued ? undefined : { item };
    // QUEUED is sent together with STARTED. Its clock is 0, so that no build that runs is shown as waiting.
    const clock = isQueued ? 0 : (at ?? 0);
    return { moments, finishedAt: null, durationSeconds: undefined, clock, execution };
  }
  const duration = build.duration ?? 0;
  const worked = duration > 0 ? Math.round(duration) : undefined;
  const isExact = rank === ranks.completed && at !== undefined && worked !== undefined;
  return {
    moments: isExact ? { startedAt: readTime(at - worked) } : {},
    finishedAt: at ?? receivedAt,
    // A skipped build has no duration, however long that decision took.
    durationSeconds: result === "skip" ? null : worked === undefined ? undefined : duration / 1000,
    clock: at ?? 0,
    execution: at === undefined ? undefined : { item, end: classifyEnd(build, isExact), ...(worked ? { worked } : {}) },
  };
}

/**
 * How sure it is when the build began. `Run.getDuration()` is 0 until the end, so a duration of 0 is what `notifyEndpoints` sends in
 * the middle of a build. Versions before 1.15 send no duration.
 */
function classifyEnd({ duration }: Build, isExact: boolean): ExecutionClue["end"] {
  return isExact ? "exact" : duration === 0 ? "unsure" : "late";
}
