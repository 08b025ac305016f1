import { joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { findReadyAt, isFailed, isQueuedAfter } from "../core/job-end.ts";
import type { TriedJob } from "./tries.ts";
import type { Millis } from "../core/time.ts";

/** A failure that another run of its commit may explain. */
export interface Unexplained {
  readonly job: TriedJob;
  readonly execution: Execution;
}

/** The runs of one pipeline and commit. */
interface Commit {
  readonly failed: { readonly name: number; readonly tries: readonly AnswerJob[]; readonly execution: Execution }[];
  readonly passed: Passed[];
}

/** What passed in one run, as numbers, because most jobs of most runs are here: job by job its number and when it was last ready. */
interface Passed {
  readonly runId: number;
  readonly names: readonly number[];
  readonly readyAt: readonly Millis[];
}

export interface CommitFlakes {
  /** `failures`: the jobs of the run that failed and did not pass in it. */
  add(run: AnswerRun, jobs: readonly TriedJob[], failures: readonly Unexplained[]): void;
  /** Marks the failures after which another run of the same commit passed. */
  mark(): void;
}

/** Finds failures that were flakes because another run of the same pipeline and commit passed later. */
export function createCommitFlakes(): CommitFlakes {
  const commits = new Map<string, Commit>();
  const names = new Map<string, number>();

  function numberJob({ stage, name }: TriedJob): number {
    const key = joinKey(stage, name);
    const found = names.get(key) ?? names.size;
    names.set(key, found);
    return found;
  }

  return {
    add(run, jobs, failures) {
      if (!isSameTree(run)) return;
      const passed = jobs.flatMap((job) => {
        const readyAt = findPassedReadyAt(job.tries);
        return readyAt === undefined ? [] : [{ name: numberJob(job), readyAt }];
      });
      if (passed.length === 0 && failures.length === 0) return;
      const key = joinKey(run.source, run.project, run.pipeline, run.sha);
      const commit = commits.get(key) ?? { failed: [], passed: [] };
      commits.set(key, commit);
      for (const { job, execution } of failures)
        commit.failed.push({ name: numberJob(job), tries: job.tries, execution });
      const numbers = passed.map(({ name }) => name);
      commit.passed.push({ runId: run.id, names: numbers, readyAt: passed.map(({ readyAt }) => readyAt) });
    },
    mark() {
      for (const commit of commits.values()) if (commit.failed.length > 0) markFlakes(commit);
    },
  };
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
function isSameTree({ refKind, sha }: AnswerRun): boolean {
  return sha !== null && refKind !== null && refKind !== "merge_request";
}

function markFlakes({ failed, passed }: Commit): void {
  for (const { name, tries, execution } of failed) {
    const isExplained = passed.some((run) => {
      const readyAt = run.readyAt[run.names.indexOf(name)] ?? null;
      return run.runId !== execution.runId && tries.some((one) => isFailed(one.result) && isQueuedAfter(one, readyAt));
    });
    if (isExplained) execution.verdict = "flaked";
  }
}

function findPassedReadyAt(tries: readonly AnswerJob[]): Millis | undefined {
  let last: Millis | undefined;
  for (const one of tries) {
    const readyAt = one.result === "success" ? findReadyAt(one) : null;
    if (readyAt !== null && readyAt > (last ?? -Infinity)) last = readyAt;
  }
  return last;
}
