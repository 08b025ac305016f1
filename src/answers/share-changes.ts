import type { Difference } from "./change.ts";
import { isWorthALook } from "./duration-changes.ts";
import { selectPercentile } from "./percentiles.ts";
import { computeFisherP, type Share } from "./probability.ts";

/**
 * What happened last is compared with the time before it by Fisher's exact test, because there may be few of either. A change is
 * reported if chance would make it in less than 5 % of cases, as Sippy does for OpenShift's tests: https://github.com/openshift/sippy.
 */
const pMax = 0.05;
const least = { pointsMin: 0.05, failuresMin: 3, executionsMin: 6 };

/** Whether failures became more frequent by at least five points. `before` and `after` are shares of successes, 0 to 1. */
export function findSuccessDrop(recentFailures: Share, earlierFailures: Share): Difference | undefined {
  if (recentFailures.tries < least.executionsMin || recentFailures.hits < least.failuresMin) return undefined;
  if (earlierFailures.tries < least.executionsMin) return undefined;
  const before = 1 - earlierFailures.hits / earlierFailures.tries;
  const after = 1 - recentFailures.hits / recentFailures.tries;
  if (before - after < least.pointsMin) return undefined;
  const p = computeFisherP(recentFailures, earlierFailures);
  return p < pMax ? { before, after, p } : undefined;
}

/**
 * Whether jobs wait longer: more of them longer than the 90th percentile of the time before, and their own 90th percentile longer
 * by at least 10 % and 10 s. `before` and `after` are 90th percentiles, in seconds.
 */
export function findQueueRise(recent: readonly number[], earlier: readonly number[]): Difference | undefined {
  if (recent.length < least.executionsMin || earlier.length < least.executionsMin) return undefined;
  const before = selectPercentile(Float64Array.from(earlier), 90);
  const after = selectPercentile(Float64Array.from(recent), 90);
  if (after <= before || !isWorthALook(before, after)) return undefined;
  const countLonger = (seconds: readonly number[]) => ({
    hits: seconds.reduce((sum, one) => (one > before ? sum + 1 : sum), 0),
    tries: seconds.length,
  });
  const p = computeFisherP(countLonger(recent), countLonger(earlier));
  return p < pMax ? { before, after, p } : undefined;
}
