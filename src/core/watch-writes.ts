import type { Millis } from "./time.ts";
import type { Recorder } from "./delivery.ts";

/** After this long a failure is forgotten: an unready server gets no deliveries, so it could never show that it has recovered. */
const failureMillis = 10_000;

/** A transaction takes some tens of milliseconds; the longest flush to a slow disk some seconds. */
const hangingMillis = 5000;

/** A recorder, and whether its latest attempt to write failed, or does not end. */
interface WatchedRecorder<E> {
  readonly recorder: Recorder<E>;
  readonly isWritable: () => boolean;
}

/**
 * Follows whether writing works. A database that has turned out to be broken is not written to again, whatever it might
 * still accept; `onBroken` is called once then.
 */
export function watchWrites<E>(
  recorder: Recorder<E>,
  clock: () => Millis,
  onBroken: ((error: unknown) => void) | undefined,
): WatchedRecorder<E> {
  let failedAt = -Infinity;
  let broken: { readonly error: unknown } | undefined;
  const begun = new Set<{ readonly at: Millis }>();

  async function record(batch: readonly E[]) {
    if (broken !== undefined) throw broken.error;
    const attempt = { at: clock() };
    begun.add(attempt);
    try {
      const outcomes = await recorder.record(batch);
      failedAt = -Infinity;
      return outcomes;
    } catch (error) {
      failedAt = clock();
      if (broken === undefined && recorder.isBroken?.(error) === true) {
        broken = { error };
        onBroken?.(error);
      }
      throw error;
    } finally {
      begun.delete(attempt);
    }
  }

  function isWritable(): boolean {
    const now = clock();
    for (const { at } of begun) if (now - at > hangingMillis) return false;
    return broken === undefined && now - failedAt > failureMillis;
  }

  return { recorder: { ...recorder, record }, isWritable };
}
