import { dayMillis } from "../core/time.ts";

/** How busy the runners of a class were, and how long jobs waited for them. */
export interface RunnerUse {
  /** `null`: the jobs whose provider reports no labels or tags. */
  readonly runnerClass: string | null;
  readonly jobs: number;
  readonly runs: number;
  /** The most jobs that worked, and that waited, at the same time. */
  readonly peakRunning: number;
  readonly peakWaiting: number;
  /** Averages over the time of the span. */
  readonly meanRunning: number;
  readonly meanWaiting: number;
  /** Average of the working jobs among the most that worked at the same time: 0 to 1. */
  readonly utilisation: number;
  /** Seconds. */
  readonly queueP50: number;
  readonly queueP90: number;
  /** Jobs that waited at most the target: 0 to 1. */
  readonly withinTargetShare: number;
}

/** The most jobs that worked at the same time in so long before the end of a span are taken for the number of runners. */
export const capacityMillis = 7 * dayMillis;
