import type { Millis } from "./time.ts";

/** After this long a failure no longer counts: an unready server gets no deliveries, so no write could show that it recovered. */
const failureMillis = 10_000;

/** A write that takes longer counts as hanging. Usual are some tens of milliseconds, some seconds on a slow disk. */
const hangingMillis = 5000;

/** One write that is under way. */
export interface WatchedWrite {
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

/** Observes whether writing works. */
export interface WriteWatch {
  /**
   * A write begins. Throws the error of a database that was found broken: it is not written to again, even if it would
   * accept writes.
   */
  readonly begin: () => WatchedWrite;
  readonly isWritable: () => boolean;
}

/** `onBroken` is called once, when a write shows that the database is broken. */
export function watchWrites(
  isBroken: ((error: unknown) => boolean) | undefined,
  clock: () => Millis,
  onBroken: ((error: unknown) => void) | undefined,
): WriteWatch {
  let failedAt = -Infinity;
  let broken: { readonly error: unknown } | undefined;
  const begun = new Set<{ readonly at: Millis }>();

  function begin(): WatchedWrite {
    if (broken !== undefined) throw broken.error;
    const write = { at: clock() };
    begun.add(write);
    return {
      succeed() {
        begun.delete(write);
        failedAt = -Infinity;
      },
      fail(error) {
        begun.delete(write);
        failedAt = clock();
        if (broken !== undefined || isBroken?.(error) !== true) return;
        broken = { error };
        onBroken?.(error);
      },
    };
  }

  function isWritable(): boolean {
    const now = clock();
    for (const { at } of begun) if (now - at > hangingMillis) return false;
    return broken === undefined && now - failedAt > failureMillis;
  }

  return { begin, isWritable };
}
