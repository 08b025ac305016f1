import { joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { hashText } from "./hash-text.ts";
import { findReadyAt, isQueuedAfter } from "../core/job-end.ts";
import { groupTries, type TriedJob } from "./tries.ts";
import type { Millis } from "../core/time.ts";

/** A failure that another run of its commit may explain. */
export interface Unexplained {
  readonly stage: string | null;
  readonly name: string;
  /** When its failed tries ended. */
  readonly failedAt: readonly Millis[];
  readonly execution: Execution;
}

/** What names the commit that a pipeline ran for. */
export type CommitNames = Pick<AnswerRun, "source" | "project" | "pipeline"> & { readonly sha: string };

/** The commits of runs, as hashes, and the runs: two lists, because there are many. */
export interface SavedCommits {
  readonly commits: readonly number[];
  readonly runIds: readonly number[];
}

export interface CommitFlakes {
  /** `failures`: the jobs of the run that failed and did not pass in it. */
  add(run: AnswerRun, failures: readonly Unexplained[]): void;
  /** Adds a failure of a run of such a commit that was saved. */
  addFailure(commit: CommitNames, failure: Unexplained): void;
  /** The runs that may explain a failure: those of commits that failed and have several. */
  listAgain(): readonly number[];
  /** Marks the failures after which this run of the same commit passed. */
  addAgain(run: AnswerRun): void;
  save(): SavedCommits;
  load(saved: SavedCommits): void;
}

/** Finds failures that were flakes because another run of the same pipeline and commit passed later. */
export function createCommitFlakes(): CommitFlakes {
  const hashes: number[] = [];
  const runIds: number[] = [];
  /** By the name of the commit. */
  const failed = new Map<string, Unexplained[]>();

  function addFailures(name: string, failures: readonly Unexplained[]): void {
    if (failures.length === 0) return;
    const found = failed.get(name);
    if (found === undefined) failed.set(name, [...failures]);
    else found.push(...failures);
  }

  return {
    add(run, failures) {
      if (!isSameTree(run)) return;
      const name = nameCommit(run);
      hashes.push(hashText(name));
      runIds.push(run.id);
      addFailures(name, failures);
    },
    addFailure(commit, failure) {
      addFailures(nameCommit(commit), [failure]);
    },
    listAgain() {
      const counts = new Map([...failed.keys()].map((name) => [hashText(name), 0]));
      for (const hash of hashes) {
        const count = counts.get(hash);
        if (count !== undefined) counts.set(hash, count + 1);
      }
      return runIds.filter((_, i) => (counts.get(hashes[i] ?? 0) ?? 0) > 1);
    },
    addAgain(run) {
      const failures = failed.get(nameCommit(run)) ?? [];
      const passed = groupTries(run.jobs).filter(({ tries }) => tries.some(({ result }) => result === "success"));
      for (const failure of failures) {
        const { stage, name, execution } = failure;
        const other = passed.find((job) => job.stage === stage && job.name === name);
        if (other !== undefined && run.id !== execution.runId && isExplained(failure, other))
          execution.verdict = "flaked";
      }
    },
    save: () => ({ commits: hashes, runIds }),
    load({ commits, runIds: ids }) {
      for (const hash of commits) hashes.push(hash);
      for (const id of ids) runIds.push(id);
    },
  };
}

function nameCommit({ source, project, pipeline, sha }: AnswerRun | CommitNames): string {
  return joinKey(source, project, pipeline, sha);
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
export function isSameTree({ refKind, sha }: Pick<AnswerRun, "refKind" | "sha">): boolean {
  return sha !== null && refKind !== null && refKind !== "merge_request";
}

function isExplained({ failedAt }: Unexplained, passed: TriedJob): boolean {
  const readyAt = findPassedReadyAt(passed.tries);
  return failedAt.some((finishedAt) => isQueuedAfter({ finishedAt }, readyAt));
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
