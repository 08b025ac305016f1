import { compareTexts, joinKey, sumSeconds, type Answer, type AnswerJob, type AnswerRun, type Span } from "./answer.ts";
import {
  findReadyAt,
  groupTries,
  isFailed,
  isLaterTry,
  isQueuedAfter,
  listRepeatedSeconds,
  type TriedJob,
} from "./tries.ts";
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
  readonly executions: Execution[];
}

/** A job at one commit: its failures, and the two runs whose successes were queued last. */
interface CommitHistory {
  readonly failed: { readonly tries: readonly AnswerJob[]; readonly execution: Execution }[];
  passed: readonly Passed[];
}

interface Passed {
  readonly runId: number;
  readonly readyAt: Millis;
}

/** Finds flaky and broken jobs. Runs after the span may show that a failure in it was a flake. */
export function createFlakyAnswer(span: Span): Answer<FlakyJob> {
  const histories = new Map<string, JobHistory>();
  const commits = new Map<string, CommitHistory>();
  const runs = new Set<number>();

  function addExecution(run: AnswerRun, job: TriedJob): void {
    const at = findLastEnd(job.tries);
    if (at === null || at < span.since || at >= span.until) return;
    const { id: runId, nativeId } = run;
    const verdict = judge(run.provider, job);
    const execution = { at, runId, nativeId, verdict, failedSeconds: listFailedSeconds(job.tries) };
    const { provider, source, project, pipeline } = run;
    const key = joinKey(provider, source, project, pipeline, job.stage, job.name);
    const history = histories.get(key);
    if (history === undefined) {
      const names = { provider, source, project, pipeline, stage: job.stage, jobName: job.name };
      histories.set(key, { ...names, executions: [execution] });
    } else history.executions.push(execution);
    runs.add(run.id);
    if (execution.verdict === "failed" && isSameTree(run))
      getCommit(run, job).failed.push({ tries: job.tries, execution });
  }

  function getCommit({ source, project, pipeline, sha }: AnswerRun, { stage, name }: TriedJob): CommitHistory {
    const key = joinKey(source, project, pipeline, sha, stage, name);
    const found = commits.get(key) ?? { failed: [], passed: [] };
    commits.set(key, found);
    return found;
  }

  return {
    add(run) {
      const jobs = groupTries(run.jobs);
      const isOutage = isOutageRun(jobs);
      for (const job of jobs) {
        if (!isOutage) addExecution(run, job);
        if (!isSameTree(run)) continue;
        const readyAt = findPassedReadyAt(job.tries);
        if (readyAt === undefined) continue;
        const commit = getCommit(run, job);
        const passed = [...commit.passed, { runId: run.id, readyAt }];
        commit.passed = passed.toSorted((a, b) => b.readyAt - a.readyAt || b.runId - a.runId).slice(0, 2);
      }
    },
    finish() {
      for (const commit of commits.values()) markFlakes(commit);
      const all = [...histories.values()];
      const ranked = all.flatMap((history) => summarizeHistory(history, span));
      return {
        runs: runs.size,
        jobs: all.reduce((total, { executions }) => total + executions.length, 0),
        items: ranked.toSorted(compareJobs).map(({ item }) => item),
      };
    },
  };
}

/** Marks the failures after which another run of the same commit passed. */
function markFlakes({ failed, passed }: CommitHistory): void {
  for (const { tries, execution } of failed) {
    const readyAt = passed.find(({ runId }) => runId !== execution.runId)?.readyAt ?? null;
    if (tries.some((one) => isFailed(one.result) && isQueuedAfter(one, readyAt))) execution.verdict = "flaked";
  }
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
function isSameTree({ refKind, sha }: AnswerRun): boolean {
  return sha !== null && refKind !== null && refKind !== "merge_request";
}

function isOutageRun(jobs: readonly TriedJob[]): boolean {
  const failed = jobs.filter(({ tries }) => tries.some(({ result }) => isFailed(result)));
  return jobs.length >= outage.jobsMin && failed.length >= outage.share * jobs.length;
}

function judge(provider: string, { tries }: TriedJob): Execution["verdict"] {
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

function findPassedReadyAt(tries: readonly AnswerJob[]): Millis | undefined {
  const passed = tries.filter(({ result }) => result === "success");
  return passed.reduce<Millis | null>((last, one) => maximum(last, findReadyAt(one)), null) ?? undefined;
}

function listFailedSeconds(tries: readonly AnswerJob[]): number[] {
  const failed = tries.filter(({ result }) => isFailed(result)).map(({ durationSeconds }) => durationSeconds ?? 0);
  return [...failed, ...tries.flatMap(listRepeatedSeconds)];
}

interface Ranked {
  readonly item: FlakyJob;
  /** The lower bound times the mean seconds of the failed tries of its flakes. */
  readonly rank: number;
}

/** Nothing for a job that is healthy and never failed and passed. */
function summarizeHistory({ executions, ...names }: JobHistory, span: Span): Ranked[] {
  const sorted = executions.toSorted((a, b) => a.at - b.at || compareTexts(a.nativeId, b.nativeId));
  const flaked = sorted.filter(({ verdict }) => verdict === "flaked");
  const failed = sorted.filter(({ verdict }) => verdict === "failed");
  const state = decideState(sorted, span.until);
  const shown = (flaked.length > 0 ? flaked : failed).toReversed();
  const [last] = shown;
  if (last === undefined || (flaked.length === 0 && state === "healthy")) return [];
  const lowerBound = computeWilsonLower(flaked.length, sorted.length);
  const failedSeconds = flaked.flatMap((one) => one.failedSeconds);
  const wastedSeconds = sumSeconds(failedSeconds);
  const item = {
    ...names,
    executions: sorted.length,
    flakes: flaked.length,
    failures: failed.length,
    lowerBound,
    wastedSeconds,
    state,
    runIds: shown.slice(0, runIdsMax).map(({ runId }) => runId),
    lastRunId: last.runId,
    lastAt: last.at,
  };
  return [{ item, rank: failedSeconds.length === 0 ? 0 : (lowerBound * wastedSeconds) / failedSeconds.length }];
}

/** The greatest rank first, then by bound and name. */
function compareJobs(a: Ranked, b: Ranked): number {
  return b.rank - a.rank || b.item.lowerBound - a.item.lowerBound || compareTexts(nameJob(a.item), nameJob(b.item));
}

function nameJob({ provider, source, project, pipeline, stage, jobName }: FlakyJob): string {
  return joinKey(provider, source, project, pipeline, stage, jobName);
}
