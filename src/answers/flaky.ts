import {
  compareTexts,
  joinKey,
  toDay,
  type AnswerJob,
  type AnswerRun,
  type Findings,
  type Mergeable,
  type Span,
} from "./answer.ts";
import { isCarriedOver, isFailed } from "../core/job-end.ts";
import { createCommitFlakes, hashCommit, type Unexplained } from "./commit-flakes.ts";
import { findLastEnd, isOutageRun, judge, listFailedTries } from "./tried-job.ts";
import { groupTries, hasTwins } from "./tries.ts";
import { createCostCalculator, toCurrency, type Price, type PricedJob } from "../core/prices.ts";
import { createHistories, type FindHistory, type JobHistory, type JobNames } from "./flaky-histories.ts";
import { loadHistories, saveHistories, type SavedHistories } from "./saved-histories.ts";
import { countPasses, decideState, type Execution, type FlakyState } from "./flaky-state.ts";
import { createRunCounts, type SavedRunCounts } from "./run-counts.ts";
import type { SavedCommits } from "./commit-flakes.ts";
import { computeWilsonLower } from "./wilson.ts";
import type { Millis } from "../core/time.ts";

/** A job that failed and passed on the same code, or that hardly ever passes. */
export interface FlakyJob extends JobNames {
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

const runIdsMax = 20;

interface SavedFlaky {
  readonly jobs: SavedHistories;
  readonly commits: SavedCommits;
  readonly counts: SavedRunCounts;
}

/** Finds flaky and broken jobs. Runs after the span may show that a failure in it was a flake. */
export function createFlakyAnswer(span: Span, prices: readonly Price[] = []): Mergeable<Findings<FlakyJob>> {
  const histories = createHistories();
  const commits = createCommitFlakes();
  const counts = createRunCounts();
  const inSpan = (at: Millis | null): at is Millis => at !== null && at >= span.since && at < span.until;

  /** Returns the failures that the run itself does not explain. */
  function addExecutions(run: AnswerRun, find: FindHistory): Unexplained[] {
    const jobs = groupTries(run.jobs);
    if (isOutageRun(jobs)) return [];
    const failures: Unexplained[] = [];
    const days = new Set<number>();
    for (const job of jobs) {
      const at = findLastEnd(job.tries);
      if (!inSpan(at)) continue;
      days.add(toDay(at));
      const verdict = judge(run.provider, job);
      const history = find(job.stage, job.name);
      if (verdict === "passed") {
        history.passes.at.push(at);
        continue;
      }
      const execution = toExecution(run, job.tries, at, verdict);
      history.others.push(execution);
      const { failedAt } = execution;
      if (verdict === "failed") failures.push({ stage: job.stage, name: job.name, failedAt, execution });
    }
    counts.add(days);
    return failures;
  }

  /** All jobs of it passed at once. */
  function addPlainRun(run: AnswerRun, find: FindHistory): void {
    const days = new Set<number>();
    for (const job of run.jobs) {
      const { stage, name, finishedAt } = job;
      if (name === null || job.result !== "success" || isCarriedOver(job) || !inSpan(finishedAt)) continue;
      find(stage, name).passes.at.push(finishedAt);
      days.add(toDay(finishedAt));
    }
    counts.add(days);
  }

  return {
    add(run) {
      const find = histories.ofRun(run);
      if (!isPlain(run)) commits.add(run, addExecutions(run, find));
      else {
        addPlainRun(run, find);
        commits.add(run, []);
      }
    },
    listAgain: () => commits.listAgain(),
    addAgain: (run) => commits.addAgain(run),
    save: (): SavedFlaky => ({ jobs: saveHistories(histories.list()), commits: commits.save(), counts: counts.save() }),
    load(state) {
      const saved = state as SavedFlaky;
      loadHistories(histories, saved.jobs, span, commits);
      commits.load(saved.commits);
      counts.load(saved.counts);
    },
    finish() {
      const computeCost = createCostCalculator(prices);
      const all = histories.list();
      const ranked = all.flatMap((history) => summarizeHistory(history, span, computeCost));
      return {
        runs: counts.count(span),
        jobs: all.reduce((total, { passes, others }) => total + countPasses(passes) + others.length, 0),
        items: ranked.toSorted(compareJobs).map(({ item }) => item),
      };
    },
  };
}

function toExecution(
  run: AnswerRun,
  tries: readonly AnswerJob[],
  at: Millis,
  verdict: Execution["verdict"],
): Execution {
  const { id: runId, nativeId } = run;
  const failedAt = tries.flatMap(({ result, finishedAt }) => (isFailed(result) ? (finishedAt ?? []) : []));
  return { at, runId, nativeId, verdict, failedTries: listFailedTries(tries, at), failedAt, commit: hashCommit(run) };
}

/** Most runs are: nothing in it failed, and nothing ran twice. */
function isPlain({ jobs }: AnswerRun): boolean {
  return jobs.every(({ result, retries }) => !isFailed(result) && (retries ?? 0) === 0) && !hasTwins(jobs);
}

interface Ranked {
  readonly item: FlakyJob;
  /** The lower bound times the mean seconds of the failed tries of its flakes. */
  readonly rank: number;
}

/** Nothing for a job that is healthy and never failed and passed. */
function summarizeHistory(
  { names, passes, others }: JobHistory,
  span: Span,
  computeCost: (job: PricedJob) => number | undefined,
): Ranked[] {
  if (others.length === 0) return [];
  const sorted = others.toSorted((a, b) => a.at - b.at || compareTexts(a.nativeId, b.nativeId));
  const executions = countPasses(passes) + others.length;
  const flaked = sorted.filter(({ verdict }) => verdict === "flaked");
  const failed = sorted.filter(({ verdict }) => verdict === "failed");
  const state = decideState(passes, sorted, span.until);
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

function nameJob({ provider, source, project, pipeline, stage, jobName }: JobNames): string {
  return joinKey(provider, source, project, pipeline, stage, jobName);
}
