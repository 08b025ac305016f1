import { compareTexts, joinKey, type Answer, type AnswerJob, type AnswerRun, type Span } from "./answer.ts";
import { isCarriedOver, isFailed, isLaterTry } from "../core/job-end.ts";
import { createByJob, type ByJob } from "./by-job.ts";
import { createCommitFlakes, type Unexplained } from "./commit-flakes.ts";
import { groupTries, hasTwins, listRepeatedSeconds, type TriedJob } from "./tries.ts";
import { createCostCalculator, toCurrency, type Price, type PricedJob } from "../core/prices.ts";
import { decideState, type Execution, type FlakyState } from "./flaky-state.ts";
import { computeWilsonLower } from "./wilson.ts";
import type { Millis } from "../core/time.ts";

/** A job that failed and passed on the same code, or that hardly ever passes. */
export interface FlakyJob {
  readonly provider: string;
  readonly source: string;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly jobName: string;
  /** Decided jobs: several tries in one run count as one. */
  readonly executions: number;
  /** Those of them that failed and then passed. */
  readonly flakes: number;
  /** Those of them that failed and did not pass. */
  readonly failures: number;
  /** Lower bound of Wilson's interval of flakes / executions. */
  readonly lowerBound: number;
  /** Work of the failed tries of the flakes. */
  readonly wastedSeconds: number;
  /** In the currency of the prices; `null`: no price applies. */
  readonly cost: number | null;
  readonly state: FlakyState;
  /** The runs of the flakes, the newest first; of a job without any, those of its failures. */
  readonly runIds: readonly number[];
  readonly lastRunId: number;
  readonly lastAt: Millis;
}

export const flakyDefinition =
  "Jobs that failed (failure, error or timeout) and passed on the same code: in one run where the success was queued after " +
  "the failure had finished (on GitHub in a greater attempt), or in another run of the same branch, tag and commit; several " +
  "tries in one run are one execution, and runs of at least 3 decided jobs of which 80 % failed are left out as outages";

/** The share of failed jobs from which a run is taken for an outage, and the least number of its jobs. */
const outage = { share: 0.8, jobsMin: 3 };
const runIdsMax = 20;

interface JobHistory extends Pick<FlakyJob, "provider" | "source" | "project" | "pipeline" | "stage" | "jobName"> {
  readonly passedAt: Millis[];
  readonly others: Execution[];
}

/** Finds flaky and broken jobs. Runs after the span may show that a failure in it was a flake. */
export function createFlakyAnswer(span: Span, prices: readonly Price[] = []): Answer<FlakyJob> {
  const computeCost = createCostCalculator(prices);
  const pipelines = new Map<string, ByJob<JobHistory>>();
  const commits = createCommitFlakes();
  let runs = 0;
  const inSpan = (at: Millis | null): at is Millis => at !== null && at >= span.since && at < span.until;

  function findHistory(run: AnswerRun, histories: ByJob<JobHistory>, stage: string | null, name: string): JobHistory {
    return histories.get(stage, name, () => startHistory(run, stage, name));
  }

  /** Returns the failures that the run itself does not explain. */
  function addExecutions(run: AnswerRun, histories: ByJob<JobHistory>): Unexplained[] {
    const jobs = groupTries(run.jobs);
    if (isOutageRun(jobs)) return [];
    const failures: Unexplained[] = [];
    let counts = false;
    for (const job of jobs) {
      const at = findLastEnd(job.tries);
      if (!inSpan(at)) continue;
      counts = true;
      const verdict = judge(run.provider, job);
      const history = findHistory(run, histories, job.stage, job.name);
      if (verdict === "passed") {
        history.passedAt.push(at);
        continue;
      }
      const { id: runId, nativeId } = run;
      const execution: Execution = { at, runId, nativeId, verdict, failedTries: listFailedTries(job.tries, at) };
      history.others.push(execution);
      if (verdict === "failed") failures.push({ job, execution });
    }
    if (counts) runs++;
    return failures;
  }

  /** All jobs of it passed at once. */
  function addPlainRun(run: AnswerRun, histories: ByJob<JobHistory>): void {
    let counts = false;
    for (const job of run.jobs) {
      const { stage, name, finishedAt } = job;
      if (name === null || job.result !== "success" || isCarriedOver(job) || !inSpan(finishedAt)) continue;
      findHistory(run, histories, stage, name).passedAt.push(finishedAt);
      counts = true;
    }
    if (counts) runs++;
  }

  return {
    add(run) {
      const { provider, source, project, pipeline } = run;
      const key = joinKey(provider, source, project, pipeline);
      let histories = pipelines.get(key);
      if (histories === undefined) pipelines.set(key, (histories = createByJob()));
      if (!isPlain(run)) commits.add(run, addExecutions(run, histories));
      else {
        addPlainRun(run, histories);
        commits.add(run, []);
      }
    },
    listAgain: () => commits.listAgain(),
    addAgain: (run) => commits.addAgain(run),
    finish() {
      const all = [...pipelines.values()].flatMap((histories) => histories.values());
      const ranked = all.flatMap((history) => summarizeHistory(history, span, computeCost));
      return {
        runs,
        jobs: all.reduce((total, { passedAt, others }) => total + passedAt.length + others.length, 0),
        items: ranked.toSorted(compareJobs).map(({ item }) => item),
      };
    },
  };
}

/** Most runs are: nothing in it failed, and nothing ran twice. */
function isPlain({ jobs }: AnswerRun): boolean {
  return jobs.every(({ result, retries }) => !isFailed(result) && (retries ?? 0) === 0) && !hasTwins(jobs);
}

function startHistory(run: AnswerRun, stage: string | null, jobName: string): JobHistory {
  const { provider, source, project, pipeline } = run;
  return { provider, source, project, pipeline, stage, jobName, passedAt: [], others: [] };
}

function isOutageRun(jobs: readonly TriedJob[]): boolean {
  const failed = jobs.filter(({ tries }) => tries.some(({ result }) => isFailed(result)));
  return jobs.length >= outage.jobsMin && failed.length >= outage.share * jobs.length;
}

function judge(provider: string, { tries }: TriedJob): Execution["verdict"] | "passed" {
  const passed = tries.filter(({ result }) => result === "success");
  if (passed.some(({ retries }) => (retries ?? 0) > 0)) return "flaked";
  const failed = tries.filter(({ result }) => isFailed(result));
  if (failed.length === 0) return "passed";
  return failed.some((one) => passed.some((other) => isLaterTry(provider, one, other))) ? "flaked" : "failed";
}

function findLastEnd(tries: readonly AnswerJob[]): Millis | null {
  return tries.reduce<Millis | null>((last, { finishedAt }) => maximum(last, finishedAt), null);
}

function maximum(a: Millis | null, b: Millis | null): Millis | null {
  return a === null || (b !== null && b > a) ? b : a;
}

const noTries: readonly PricedJob[] = [];

function listFailedTries(tries: readonly AnswerJob[], end: Millis): readonly PricedJob[] {
  const failed = tries.flatMap((job) => {
    const { result, runnerClass, finishedAt, durationSeconds } = job;
    const own = isFailed(result) ? [durationSeconds ?? 0] : [];
    return [...own, ...listRepeatedSeconds(job)].map((seconds) => {
      return { runnerClass, at: finishedAt ?? end, millis: Math.round(seconds * 1000) };
    });
  });
  return failed.length === 0 ? noTries : failed;
}

interface Ranked {
  readonly item: FlakyJob;
  /** The lower bound times the mean seconds of the failed tries of its flakes. */
  readonly rank: number;
}

/** Nothing for a job that is healthy and never failed and passed. */
function summarizeHistory(
  { passedAt, others, ...names }: JobHistory,
  span: Span,
  computeCost: (job: PricedJob) => number | undefined,
): Ranked[] {
  if (others.length === 0) return [];
  const sorted = others.toSorted((a, b) => a.at - b.at || compareTexts(a.nativeId, b.nativeId));
  const executions = passedAt.length + others.length;
  const flaked = sorted.filter(({ verdict }) => verdict === "flaked");
  const failed = sorted.filter(({ verdict }) => verdict === "failed");
  const state = decideState({ passedAt, others: sorted }, span.until);
  const shown = (flaked.length > 0 ? flaked : failed).toReversed();
  const [last] = shown;
  if (last === undefined || (flaked.length === 0 && state === "healthy")) return [];
  const lowerBound = computeWilsonLower(flaked.length, executions);
  const failedTries = flaked.flatMap((one) => one.failedTries);
  const wastedSeconds = failedTries.reduce((total, { millis }) => total + millis, 0) / 1000;
  const costs = failedTries.map(computeCost).filter((cost) => cost !== undefined);
  const item = {
    ...names,
    executions,
    flakes: flaked.length,
    failures: failed.length,
    lowerBound,
    wastedSeconds,
    cost: costs.length === 0 ? null : toCurrency(costs.reduce((total, cost) => total + cost, 0)),
    state,
    runIds: shown.slice(0, runIdsMax).map(({ runId }) => runId),
    lastRunId: last.runId,
    lastAt: last.at,
  };
  return [{ item, rank: failedTries.length === 0 ? 0 : (lowerBound * wastedSeconds) / failedTries.length }];
}

/** The greatest rank first, then by bound and name. */
function compareJobs(a: Ranked, b: Ranked): number {
  return b.rank - a.rank || b.item.lowerBound - a.item.lowerBound || compareTexts(nameJob(a.item), nameJob(b.item));
}

function nameJob({ provider, source, project, pipeline, stage, jobName }: FlakyJob): string {
  return joinKey(provider, source, project, pipeline, stage, jobName);
}
