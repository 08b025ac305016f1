import type { Span } from "./answer.ts";
import { pickWeighted } from "./percentiles.ts";
import type { RunCounts } from "./run-counts.ts";
import { findPeak, listWaitSeconds, sumDays, type RunnerSums } from "./runner-sums.ts";
import { capacityMillis, type RunnerUse } from "./runner-use.ts";

/** A class whose jobs are known as sums. */
export interface SummedClass {
  readonly sums: RunnerSums;
  readonly counts: RunCounts;
}

/** How busy the runners of a class were, from sums; `span` is one of whole days. */
export function estimateUse(
  runnerClass: string | null,
  { sums, counts }: SummedClass,
  span: Span,
  targetSeconds: number,
): RunnerUse[] {
  const { jobs, runningMillis, waitingMillis, waits } = sumDays(sums, span);
  if (jobs === 0) return [];
  const millis = span.until - span.since;
  const peakRunning = findPeak(sums.running, span);
  const capacity = findPeak(sums.running, { ...span, since: Math.min(span.since, span.until - capacityMillis) });
  const seconds = listWaitSeconds(waits);
  const within = seconds.reduce((sum, [wait, count]) => (wait <= targetSeconds ? sum + count : sum), 0);
  return [
    {
      runnerClass,
      jobs,
      runs: counts.count(span),
      peakRunning,
      peakWaiting: findPeak(sums.waiting, span),
      meanRunning: runningMillis / millis,
      meanWaiting: waitingMillis / millis,
      utilisation: capacity === 0 ? 0 : Math.min(1, runningMillis / millis / capacity),
      queueP50: pickWeighted(seconds, jobs, 50),
      queueP90: pickWeighted(seconds, jobs, 90),
      withinTargetShare: within / jobs,
    },
  ];
}
