import type { CommitTime } from "./time-to-pass.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** The commits that were first queued in one week. */
export interface WeekOfCommits {
  /** Its Monday, UTC. */
  readonly week: Millis;
  readonly commits: number;
  readonly passed: number;
  /** Of those that have passed or failed: passed without a failure. */
  readonly firstTryShare: number | null;
  /** Seconds in which so many percent of all commits had passed; `null`: fewer have. */
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
}

/** Summarizes commits by week, the newest first. Those that are open are longer than all that have passed. */
export function summarizeWeeks(commits: readonly CommitTime[]): WeekOfCommits[] {
  const weeks = new Map<Millis, CommitTime[]>();
  for (const commit of commits) {
    const week = findMonday(commit.queuedAt);
    const found = weeks.get(week);
    if (found === undefined) weeks.set(week, [commit]);
    else found.push(commit);
  }
  return [...weeks].toSorted(([a], [b]) => b - a).map(([week, list]) => summarizeWeek(week, list));
}

function summarizeWeek(week: Millis, commits: readonly CommitTime[]): WeekOfCommits {
  const passed = commits.filter(({ passedAt }) => passedAt !== null);
  const decided = commits.filter(({ firstTry }) => firstTry !== null);
  const sorted = passed.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  const reach = (percent: number) => sorted[Math.ceil((commits.length * percent) / 100) - 1] ?? null;
  const firstTries = decided.filter(({ firstTry }) => firstTry === true).length;
  return {
    week,
    commits: commits.length,
    passed: passed.length,
    firstTryShare: decided.length === 0 ? null : firstTries / decided.length,
    p50Seconds: reach(50),
    p90Seconds: reach(90),
  };
}

/** 1970 began on a Thursday. */
function findMonday(at: Millis): Millis {
  const day = Math.floor(at / dayMillis);
  return (day - ((day + 3) % 7)) * dayMillis;
}
