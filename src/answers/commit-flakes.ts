import { joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { createHashFilter } from "./hash-filter.ts";
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

/** The commits of runs, as hashes, and the runs: two lists, because there are many. */
export interface SavedCommits {
  readonly commits: readonly number[];
  readonly runIds: readonly number[];
}

export interface CommitFlakes {
  /** `failures`: the jobs of the run that failed and did not pass in it. */
  add(run: AnswerRun, failures: readonly Unexplained[]): void;
  /** Adds a failure of a run that was saved; its execution names the commit. */
  addFailure(failure: Unexplained): void;
  /** The runs that may explain a failure of another run of their commit. */
  listAgain(): readonly number[];
  /** Marks the failures after which this run of the same commit passed. */
  addAgain(run: AnswerRun): void;
  save(): SavedCommits;
  load(saved: SavedCommits): void;
}

/** Finds failures that were flakes because another run of the same pipeline and commit passed later. */
export function createCommitFlakes(): CommitFlakes {
  const own: { readonly commits: number[]; readonly runIds: number[] } = { commits: [], runIds: [] };
  /** What was loaded is not copied: there are hundreds of thousands of runs. */
  const all: SavedCommits[] = [own];
  /** By the hash of their commit. */
  const failed = new Map<number, Unexplained[]>();

  function addFailure(failure: Unexplained): void {
    const { commit } = failure.execution;
    if (commit === null) return;
    const found = failed.get(commit);
    if (found === undefined) failed.set(commit, [failure]);
    else found.push(failure);
  }

  return {
    add(run, failures) {
      const commit = hashCommit(run);
      if (commit === null) return;
      own.commits.push(commit);
      own.runIds.push(run.id);
      for (const failure of failures) addFailure(failure);
    },
    addFailure,
    listAgain() {
      const mayHaveFailed = createHashFilter(failed.keys());
      const runs = new Map<number, number[]>([...failed.keys()].map((commit) => [commit, []]));
      for (const { commits, runIds } of all)
        commits.forEach((commit, i) => mayHaveFailed(commit) && runs.get(commit)?.push(runIds[i] ?? 0));
      return [...runs].flatMap(([commit, ids]) => (ids.length > 1 ? listOthers(ids, failed.get(commit) ?? []) : []));
    },
    addAgain(run) {
      const failures = failed.get(hashCommit(run) ?? -1) ?? [];
      const passed = groupTries(run.jobs).filter(({ tries }) => tries.some(({ result }) => result === "success"));
      for (const failure of failures) {
        const { stage, name, execution } = failure;
        const other = passed.find((job) => job.stage === stage && job.name === name);
        if (other !== undefined && run.id !== execution.runId && isExplained(failure, other))
          execution.verdict = "flaked";
      }
    },
    save: () => ({ commits: all.flatMap(({ commits }) => commits), runIds: all.flatMap(({ runIds }) => runIds) }),
    load(saved) {
      all.push(saved);
    },
  };
}

/** Those of the runs of a commit that may explain a failure of another one. */
function listOthers(runIds: readonly number[], failures: readonly Unexplained[]): number[] {
  const [first] = failures;
  const only = failures.every(({ execution }) => execution.runId === first?.execution.runId)
    ? first?.execution.runId
    : undefined;
  return runIds.filter((id) => id !== only);
}

/** A hash that names the commit that a pipeline ran for; `null` where runs of one commit may have had different code. */
export function hashCommit(run: AnswerRun): number | null {
  const { source, project, pipeline, sha } = run;
  return isSameTree(run) ? hashText(joinKey(source, project, pipeline, sha)) : null;
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
function isSameTree({ refKind, sha }: Pick<AnswerRun, "refKind" | "sha">): boolean {
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
