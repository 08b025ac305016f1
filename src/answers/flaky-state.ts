import type { PricedJob } from "../core/prices.ts";
import { computeWilsonLower } from "./wilson.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export const flakyStates = ["healthy", "flaky", "broken"] as const;
export type FlakyState = (typeof flakyStates)[number];

/** One decided job of one run. */
export interface Execution {
  readonly at: Millis;
  readonly runId: number;
  /** Decides between executions that ended at the same moment. */
  readonly nativeId: string;
  verdict: "passed" | "failed" | "flaked";
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

/** The state of a job at `until`, from its executions in the order of time. */
export function decideState(sorted: readonly Execution[], until: Millis): FlakyState {
  const recent = sorted.filter(({ at }) => at >= until - rules.windowDays * dayMillis);
  const isPresent = (verdict: Execution["verdict"]) => {
    const last = recent.findLastIndex((one) => one.verdict === verdict);
    const at = recent[last]?.at ?? -Infinity;
    return until - at < rules.healthyAfterDays * dayMillis && recent.length - 1 - last < rules.healthyAfterExecutions;
  };
  const count = (verdict: Execution["verdict"]) => recent.filter((one) => one.verdict === verdict).length;
  const [flakes, failures] = [count("flaked"), count("failed")];
  const isMostlyRed = recent.length >= rules.brokenExecutions && failures >= rules.brokenShare * recent.length;
  if (isMostlyRed && isPresent("failed")) return "broken";
  const isMostlyFlaky = flakes >= rules.flakes && computeWilsonLower(flakes, recent.length) >= rules.lowerBound;
  return isMostlyFlaky && isPresent("flaked") ? "flaky" : "healthy";
}
