import type { Millis } from "./time.ts";

/** An attempt of a run of a default branch that passed or failed. */
export interface BranchRun {
  readonly at: Millis;
  readonly isRed: boolean;
  /** These two decide between attempts that ended at the same moment. */
  readonly nativeId: string;
  readonly order: number;
}

/** What a default branch has come to. */
export interface BranchState {
  /** `null`: no attempt has passed or failed yet. */
  readonly newestAt: Millis | null;
  /** `null`: it is green, or unknown. */
  readonly redSince: Millis | null;
  /**
   * Changes from green to red; the first attempt that is known is no change. One more attempt, wherever it belongs in the order of time,
   * never makes this less, so it can be counted at once.
   */
  readonly breaks: number;
}

/** A time from a break (or from the first attempt that is known) to the next success. */
export interface RedTime {
  readonly until: Millis;
  readonly millis: Millis;
}

export const unknownBranch: BranchState = { newestAt: null, redSince: null, breaks: 0 };

/** Folds attempts that ended after all those that `state` knows. Returns the times that ended, in the order of time. */
export function foldBranch(
  state: BranchState,
  runs: readonly BranchRun[],
): { readonly state: BranchState; readonly redTimes: readonly RedTime[] } {
  let { newestAt, redSince, breaks } = state;
  const redTimes: RedTime[] = [];
  for (const { at, isRed } of runs.toSorted(compareRuns)) {
    if (isRed && redSince === null) {
      if (newestAt !== null) breaks++;
      redSince = at;
    } else if (!isRed && redSince !== null) {
      redTimes.push({ until: at, millis: at - redSince });
      redSince = null;
    }
    newestAt = at;
  }
  return { state: { newestAt, redSince, breaks }, redTimes };
}

/** In the order of time; what ended at the same moment in an order that does not depend on its arrival. */
function compareRuns(a: BranchRun, b: BranchRun): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.nativeId !== b.nativeId) return a.nativeId < b.nativeId ? -1 : 1;
  return a.order - b.order;
}
