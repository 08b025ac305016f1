import { joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { findReadyAt, isFailed, isQueuedAfter } from "../core/job-end.ts";
import { groupTries, type TriedJob } from "./tries.ts";
import type { Millis } from "../core/time.ts";

/** A failure that another run of its commit may explain. */
export interface Unexplained {
  readonly job: TriedJob;
  readonly execution: Execution;
}

/** The runs of one pipeline and commit. */
interface Commit {
  readonly runIds: number[];
  readonly failures: Unexplained[];
}

export interface CommitFlakes {
  /** `failures`: the jobs of the run that failed and did not pass in it. */
  add(run: AnswerRun, failures: readonly Unexplained[]): void;
  /** The runs that may explain a failure: only those of commits that failed are kept no longer than they are added. */
  listAgain(): readonly number[];
  /** Marks the failures after which this run of the same commit passed. */
  addAgain(run: AnswerRun): void;
}

/** Finds failures that were flakes because another run of the same pipeline and commit passed later. */
export function createCommitFlakes(): CommitFlakes {
  const commits = new Map<string, Commit>();
  return {
    add(run, failures) {
      if (!isSameTree(run)) return;
      const key = nameCommit(run);
      const commit = commits.get(key);
      if (commit === undefined) commits.set(key, { runIds: [run.id], failures: [...failures] });
      else {
        commit.runIds.push(run.id);
        commit.failures.push(...failures);
      }
    },
    listAgain: () =>
      [...commits.values()].flatMap(({ runIds, failures }) => (failures.length > 0 && runIds.length > 1 ? runIds : [])),
    addAgain(run) {
      const failures = commits.get(nameCommit(run))?.failures ?? [];
      const passed = groupTries(run.jobs).filter(({ tries }) => tries.some(({ result }) => result === "success"));
      for (const { job, execution } of failures) {
        const other = passed.find(({ stage, name }) => stage === job.stage && name === job.name);
        if (other !== undefined && run.id !== execution.runId && isExplained(job, other)) execution.verdict = "flaked";
      }
    },
  };
}

function nameCommit({ source, project, pipeline, sha }: AnswerRun): string {
  return joinKey(source, project, pipeline, sha);
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
function isSameTree({ refKind, sha }: AnswerRun): boolean {
  return sha !== null && refKind !== null && refKind !== "merge_request";
}

function isExplained(failed: TriedJob, passed: TriedJob): boolean {
  const readyAt = findPassedReadyAt(passed.tries);
  return failed.tries.some((one) => isFailed(one.result) && isQueuedAfter(one, readyAt));
}

/** When the last try that passed was ready. */
function findPassedReadyAt(tries: readonly AnswerJob[]): Millis | null {
  let last: Millis | null = null;
  for (const one of tries) {
    const readyAt = one.result === "success" ? findReadyAt(one) : null;
    if (readyAt !== null && (last === null || readyAt > last)) last = readyAt;
  }
  return last;
}
