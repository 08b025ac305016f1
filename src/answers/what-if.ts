import type { Fold, Span } from "./answer.ts";
import { countPeak, findLeastRunners, listWaits, scheduleOnRunners, sortByArrival, type RunnerJob } from "./fleet.ts";
import { finishInSteps, type Steps } from "./finish-in-steps.ts";
import { pickPercentile } from "./percentiles.ts";
import { toRunnerJob } from "./runners.ts";
import { createCostCalculator, toCurrency, type Price } from "../core/prices.ts";
import { dayMillis } from "../core/time.ts";

/** How long the recorded jobs of a class of runners would have waited with another number of runners. */
export interface WhatIf {
  readonly runs: number;
  readonly jobs: number;
  /** The most jobs that worked at the same time, as recorded: the number of runners as far as they were ever all in use. */
  readonly peakRunning: number;
  readonly rows: readonly WhatIfRow[];
  /** The least number of runners with which the asked percentile of the waits is at most the target. 0: there were no jobs. */
  readonly least: number;
}

export interface WhatIfRow {
  readonly runners: number;
  /** Seconds. */
  readonly waitP50: number;
  readonly waitP95: number;
  /** The asked percentile. */
  readonly wait: number;
  /** Part of the time in which the runners work, until the last job has ended: 0 to 1. */
  readonly busyShare: number;
  /** Of all runners for the whole span, working or not, in the currency of the prices; `null`: no price applies to some of it. */
  readonly cost: number | null;
}

export interface WhatIfQuestion extends Span {
  readonly runnerClass: string | null;
  readonly percentile: number;
  readonly targetSeconds: number;
  readonly prices: readonly Price[];
}

export const whatIfDefinition =
  "The jobs of a runner class that became ready in the span, scheduled again with the times that they worked: each takes, in the order in " +
  "which they became ready, the first runner that is free, of a number of runners from half to twice of those that worked at most";

/** The fleets that are tried, as parts of the recorded peak. */
const sizes = [0.5, 0.6, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

/** Collects the jobs of runs, which come in any order. */
export function createWhatIfAnswer(question: WhatIfQuestion): Fold<WhatIf> {
  const jobs: RunnerJob[] = [];
  let runs = 0;
  return {
    add(run) {
      const before = jobs.length;
      for (const job of run.jobs) {
        const placed = job.runnerClass === question.runnerClass ? toRunnerJob(job) : undefined;
        if (placed !== undefined && placed.readyAt >= question.since && placed.readyAt < question.until)
          jobs.push(placed);
      }
      if (jobs.length > before) runs++;
    },
    ...finishInSteps(function* () {
      return { runs, ...(yield* scheduleOnFleets(jobs, question)) };
    }),
  };
}

function* scheduleOnFleets(
  unsorted: readonly RunnerJob[],
  { percentile, targetSeconds, ...question }: WhatIfQuestion,
): Steps<Omit<WhatIf, "runs">> {
  const jobs = sortByArrival(unsorted);
  const from = Float64Array.from(jobs, ({ startedAt }) => startedAt);
  const peakRunning = countPeak(
    from,
    Float64Array.from(jobs, ({ finishedAt }) => finishedAt),
  );
  if (jobs.length === 0) return { jobs: 0, peakRunning, rows: [], least: 0 };
  const least = yield* findLeastRunners(jobs, percentile, targetSeconds);
  const fleets = new Set([...sizes.map((size) => Math.max(1, Math.round(size * peakRunning))), least]);
  const work = jobs.reduce((total, { startedAt, finishedAt }) => total + finishedAt - startedAt, 0);
  const { since, until } = question;
  const costOfOne = computeRunnerCost(question);
  const rows: WhatIfRow[] = [];
  for (const runners of [...fleets].toSorted((a, b) => a - b)) {
    const { starts, end } = scheduleOnRunners(jobs, runners);
    const waits = listWaits(jobs, starts);
    rows.push({
      runners,
      waitP50: pickPercentile(waits, 50),
      waitP95: pickPercentile(waits, 95),
      wait: pickPercentile(waits, percentile),
      busyShare: Math.min(1, work / (runners * (Math.max(end, until) - since))),
      cost: costOfOne === null ? null : toCurrency(runners * costOfOne),
    });
    yield;
  }
  return { jobs: jobs.length, peakRunning, rows, least };
}

/** What one runner costs from the beginning of the span to its end, in billionths: each day by its own price. */
function computeRunnerCost({
  runnerClass,
  prices,
  since,
  until,
}: Pick<WhatIfQuestion, "runnerClass" | "prices" | "since" | "until">): number | null {
  const computeCost = createCostCalculator(prices);
  let total = 0;
  for (let at = since; at < until; ) {
    const next = Math.min(until, (Math.floor(at / dayMillis) + 1) * dayMillis);
    const cost = computeCost({ runnerClass, millis: next - at, at });
    if (cost === undefined) return null;
    total += cost;
    at = next;
  }
  return total;
}
