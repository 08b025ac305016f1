import { AppError } from "../core/errors.ts";
import type { Ledger, Recorder } from "../core/ledger.ts";
import { within } from "../http/deadline.ts";

/** After this a failure is forgotten: whoever sends nothing to an unready server could never learn that it has recovered. */
const failureMillis = 10_000;

/** A transaction takes some tens of milliseconds; the longest flush to a slow disk some seconds. */
const hangingMillis = 5000;

/** The store as the ledger sees it, and whether its latest attempt to write failed, or hangs. */
export function watched(store: Recorder): { readonly recorder: Recorder; readonly writing: () => boolean } {
  let failedAt = -Infinity;
  const begun = new Set<{ readonly at: number }>();
  const recorder: Recorder = {
    packs: store.packs,
    isTransient: (error) => store.isTransient(error),
    async record(batch) {
      const attempt = { at: performance.now() };
      begun.add(attempt);
      try {
        const outcomes = await store.record(batch);
        failedAt = -Infinity;
        return outcomes;
      } catch (error) {
        failedAt = performance.now();
        throw error;
      } finally {
        begun.delete(attempt);
      }
    },
  };
  const hangs = () => [...begun].some(({ at }) => performance.now() - at > hangingMillis);
  return { recorder, writing: () => performance.now() - failedAt > failureMillis && !hangs() };
}

/** What the ledger may be late with its own refusal; together with its patience still below 10 s. */
const marginMillis = 1000;

/** A sender gets its answer in time even if the database neither answers nor fails, as when a network swallows everything. */
export function answering(ledger: Ledger, patienceMillis: number): Ledger {
  const late = () => new AppError("unavailable", "the database does not answer");
  return { ...ledger, submit: (submission) => within(ledger.submit(submission), patienceMillis + marginMillis, late) };
}
