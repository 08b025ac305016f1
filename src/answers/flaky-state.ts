import type { PricedJob } from "../core/prices.ts";
import { computeWilsonLower } from "./wilson.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export const flakyStates = ["healthy", "flaky", "broken"] as const;
export type FlakyState = (typeof flakyStates)[number];

/** One decided job of one run that did not just pass. */
export interface Execution {
  readonly at: Millis;
  readonly runId: number;
  /** Decides between executions that ended at the same moment. */
  readonly nativeId: string;
  verdict: "failed" | "flaked";
  /** The work of each of its failed tries. */
  readonly failedTries: readonly PricedJob[];
}

/** What makes a job flaky or broken within `windowDays`, and when it is healthy again. */
const rules = {
  windowDays: 14,
  flakes: 2,
  lowerBound: 0.01,
  brokenShare: 0.8,
  brokenExecutions: 5,
  healthyAfterDays: 7,
  healthyAfterExecutions: 100,
};

/** The executions of one job. Most pass, and of those there is only when they ended. */
export interface Executions {
  /** In any order. */
  readonly passedAt: readonly Millis[];
  /** In the order of time. */
  readonly others: readonly Execution[];
}

/** The state of a job at `until`. */
export function decideState({ passedAt, others }: Executions, until: Millis): FlakyState {
  const since = until - rules.windowDays * dayMillis;
  const recent = others.filter(({ at }) => at >= since);
  const executions = recent.length + passedAt.reduce((count, at) => (at >= since ? count + 1 : count), 0);
  const isPresent = (verdict: Execution["verdict"]) => {
    const last = recent.findLastIndex((one) => one.verdict === verdict);
    const at = recent[last]?.at ?? -Infinity;
    if (until - at >= rules.healthyAfterDays * dayMillis) return false;
    const passedAfter = passedAt.reduce((sum, one) => (one > at ? sum + 1 : sum), 0);
    return recent.length - 1 - last + passedAfter < rules.healthyAfterExecutions;
  };
  const count = (verdict: Execution["verdict"]) => recent.filter((one) => one.verdict === verdict).length;
  const [flakes, failures] = [count("flaked"), count("failed")];
  const isMostlyRed = executions >= rules.brokenExecutions && failures >= rules.brokenShare * executions;
  if (isMostlyRed && isPresent("failed")) return "broken";
  const isMostlyFlaky = flakes >= rules.flakes && computeWilsonLower(flakes, executions) >= rules.lowerBound;
  return isMostlyFlaky && isPresent("flaked") ? "flaky" : "healthy";
}
