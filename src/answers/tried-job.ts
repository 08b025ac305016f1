import type { AnswerJob } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { listRepeatedSeconds, type TriedJob } from "./tries.ts";
import { isFailed, isLaterTry } from "../core/job-end.ts";
import type { PricedJob } from "../core/prices.ts";
import type { Millis } from "../core/time.ts";

/** The share of failed jobs from which a run is taken for an outage, and the least number of its jobs. */
const outage = { share: 0.8, jobsMin: 3 };
/** Whether so many jobs of a run failed that it proves nothing about one of them. */
export function isOutageRun(jobs: readonly TriedJob[]): boolean {
  const failed = jobs.filter(({ tries }) => tries.some(({ result }) => isFailed(result)));
  return jobs.length >= outage.jobsMin && failed.length >= outage.share * jobs.length;
}

/** What the tries of a job of one run prove together. */
export function judge(provider: string, { tries }: TriedJob): Execution["verdict"] | "passed" {
  const passed = tries.filter(({ result }) => result === "success");
  if (passed.some(({ retries }) => (retries ?? 0) > 0)) return "flaked";
  const failed = tries.filter(({ result }) => isFailed(result));
  if (failed.length === 0) return "passed";
  return failed.some((one) => passed.some((other) => isLaterTry(provider, one, other))) ? "flaked" : "failed";
}

/** When the last try ended. */
export function findLastEnd(tries: readonly AnswerJob[]): Millis | null {
  return tries.reduce<Millis | null>((last, { finishedAt }) => maximum(last, finishedAt), null);
}

function maximum(a: Millis | null, b: Millis | null): Millis | null {
  return a === null || (b !== null && b > a) ? b : a;
}

const noTries: readonly PricedJob[] = [];

/** The work of each failed try, also of those that the CI system repeated itself. */
export function listFailedTries(tries: readonly AnswerJob[], end: Millis): readonly PricedJob[] {
  const failed = tries.flatMap((job) => {
    const { result, runnerClass, finishedAt, durationSeconds } = job;
    const own = isFailed(result) ? [durationSeconds ?? 0] : [];
    return [...own, ...listRepeatedSeconds(job)].map((seconds) => {
      return { runnerClass, at: finishedAt ?? end, millis: Math.round(seconds * 1000) };
    });
  });
  return failed.length === 0 ? noTries : failed;
}
