import { AppError, messageOf } from "../core/errors.ts";
import type { Ledger, Recorder } from "../core/ledger.ts";
import type { Store } from "../core/store/index.ts";
import { withTimeout } from "../core/with-timeout.ts";
import type { Log } from "../log.ts";

/** After this a failure is forgotten: whoever sends nothing to an unready server could never learn that it has recovered. */
const failureMillis = 10_000;

/** A transaction takes some tens of milliseconds; the longest flush to a slow disk some seconds. */
const hangingMillis = 5000;

/**
 * The store as the ledger sees it, and whether its latest attempt to write failed, or hangs. A database that has turned out
 * to be broken is written to no more, whatever it might still take.
 */
export function watched(store: Recorder, log: Log): { readonly recorder: Recorder; readonly writing: () => boolean } {
  let failedAt = -Infinity;
  let broken: { readonly error: unknown } | undefined;
  const begun = new Set<{ readonly at: number }>();
  const recorder: Recorder = {
    packs: store.packs,
    isTransient: (error) => store.isTransient(error),
    isBroken: store.isBroken,
    async record(batch) {
      if (broken !== undefined) throw broken.error;
      const attempt = { at: performance.now() };
      begun.add(attempt);
      try {
        const outcomes = await store.record(batch);
        failedAt = -Infinity;
        return outcomes;
      } catch (error) {
        failedAt = performance.now();
        if (broken === undefined && store.isBroken?.(error) === true) {
          broken = { error };
          log.error({ error: messageOf(error) }, "the database is broken: nothing is written to it until it is mended");
        }
        throw error;
      } finally {
        begun.delete(attempt);
      }
    },
  };
  const hangs = () => [...begun].some(({ at }) => performance.now() - at > hangingMillis);
  const hasFailed = () => broken !== undefined || performance.now() - failedAt <= failureMillis;
  return { recorder, writing: () => !hasFailed() && !hangs() };
}

/** How often SQLite's file is looked at, to see that it is still there: one call to the system. */
const guardMillis = 1000;

/** Tells once the file is gone: the next start finds what is in its place, or makes a new one. Returns how to end it. */
export function guardFile(store: Pick<Store, "checkFile">, onMoved: (reason: Error) => void): () => void {
  const timer = setInterval(() => {
    const reason = store.checkFile();
    if (reason !== undefined) onMoved(reason);
  }, guardMillis).unref();
  return () => clearInterval(timer);
}

/** What the ledger may be late with its own refusal; together with its patience still below 10 s. */
const marginMillis = 1000;

/** A sender gets its answer in time even if the database neither answers nor fails, as when a network swallows everything. */
export function answering(ledger: Ledger, patienceMillis: number): Ledger {
  const late = () => new AppError("unavailable", "the database does not answer");
  return {
    ...ledger,
    submit: (submission) => withTimeout(ledger.submit(submission), patienceMillis + marginMillis, late),
  };
}
