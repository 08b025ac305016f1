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
  /** When they ended, and the hash of the commit that other runs may have run for too: one of them may explain the failure. */
  readonly failedAt: readonly Millis[];
  readonly commit: number | null;
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

/** The executions of one job that passed. Most do, so that there is only when they ended. */
export interface Passes {
  /** In any order. */
  readonly at: Millis[];
  /** How many there were besides on whole days. */
  readonly days: Map<number, number>;
}

export function countPasses({ at, days }: Passes): number {
  return at.length + [...days.values()].reduce((sum, passes) => sum + passes, 0);
}

/** Those that ended at or after `since`; of those of whole days the ones of days that begin then or later. */
function countPassesSince({ at, days }: Passes, since: Millis): number {
  let count = at.reduce((sum, one) => (one >= since ? sum + 1 : sum), 0);
  for (const [day, passes] of days) if (day * dayMillis >= since) count += passes;
  return count;
}

/** The state of a job at `until`, from its passes and its other executions, which are in the order of time. */
export function decideState(passes: Passes, others: readonly Execution[], until: Millis): FlakyState {
  const since = until - rules.windowDays * dayMillis;
  const recent = others.filter(({ at }) => at >= since);
  const executions = recent.length + countPassesSince(passes, since);
  const isPresent = (verdict: Execution["verdict"]) => {
    const last = recent.findLastIndex((one) => one.verdict === verdict);
    const at = recent[last]?.at ?? -Infinity;
    if (until - at >= rules.healthyAfterDays * dayMillis) return false;
    return recent.length - 1 - last + countPassesSince(passes, at + 1) < rules.healthyAfterExecutions;
  };
  const count = (verdict: Execution["verdict"]) => recent.filter((one) => one.verdict === verdict).length;
  const [flakes, failures] = [count("flaked"), count("failed")];
  const isMostlyRed = executions >= rules.brokenExecutions && failures >= rules.brokenShare * executions;
  if (isMostlyRed && isPresent("failed")) return "broken";
  const isMostlyFlaky = flakes >= rules.flakes && computeWilsonLower(flakes, executions) >= rules.lowerBound;
  return isMostlyFlaky && isPresent("flaked") ? "flaky" : "healthy";
}
