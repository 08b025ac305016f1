import type { Millis } from "./time.ts";
import type { Recorder } from "./delivery.ts";

/** After this long a failure no longer counts: an unready server gets no deliveries, so no write could show that it recovered. */
const failureMillis = 10_000;

/** A write that takes longer counts as hanging. Usual are some tens of milliseconds, some seconds on a slow disk. */
const hangingMillis = 5000;

/** A recorder, and whether its latest write failed or hangs. */
interface WatchedRecorder<E> {
  readonly recorder: Recorder<E>;
  readonly isWritable: () => boolean;
}

/**
 * Wraps a recorder to observe whether writing works. A database that was found broken is not written to again, even if it
 * would accept writes; `onBroken` is called once then.
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
