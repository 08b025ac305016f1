import { compareTexts, joinKey, type AnswerJob, type AnswerRun } from "./answer.ts";
import type { Execution } from "./flaky-state.ts";
import { findReadyAt, isFailed, isQueuedAfter, type TriedJob } from "./tries.ts";
import type { Millis } from "../core/time.ts";

/** A job at one commit: its failures, and the two runs whose successes were queued last. */
interface CommitHistory {
  readonly failed: { readonly tries: readonly AnswerJob[]; readonly execution: Execution }[];
  passed: readonly Passed[];
}

interface Passed {
  readonly runId: number;
  readonly nativeId: string;
  readonly readyAt: Millis;
}

export interface CommitFlakes {
  /** `execution`: the failure that a later run may explain. */
  addFailure(run: AnswerRun, job: TriedJob, execution: Execution): void;
  addSuccesses(run: AnswerRun, job: TriedJob): void;
  /** Marks the failures after which another run of the same commit passed. */
  mark(): void;
}

/** Finds failures that were flakes because another run of the same pipeline and commit passed later. */
export function createCommitFlakes(): CommitFlakes {
  const commits = new Map<string, CommitHistory>();

  function getCommit({ source, project, pipeline, sha }: AnswerRun, { stage, name }: TriedJob): CommitHistory {
    const key = joinKey(source, project, pipeline, sha, stage, name);
    const found = commits.get(key) ?? { failed: [], passed: [] };
    commits.set(key, found);
    return found;
  }

  return {
    addFailure(run, job, execution) {
      if (isSameTree(run)) getCommit(run, job).failed.push({ tries: job.tries, execution });
    },
    addSuccesses(run, job) {
      const readyAt = isSameTree(run) ? findPassedReadyAt(job.tries) : undefined;
      if (readyAt === undefined) return;
      const commit = getCommit(run, job);
      const passed = [...commit.passed, { runId: run.id, nativeId: run.nativeId, readyAt }];
      commit.passed = passed
        .toSorted((a, b) => b.readyAt - a.readyAt || compareTexts(a.nativeId, b.nativeId))
        .slice(0, 2);
    },
    mark() {
      for (const commit of commits.values()) markFlakes(commit);
    },
  };
}

/** Runs of a branch or a tag test the commit itself; those of a merge request may test its merge into a branch that moves. */
function isSameTree({ refKind, sha }: AnswerRun): boolean {
  return sha !== null && refKind !== null && refKind !== "merge_request";
}

function markFlakes({ failed, passed }: CommitHistory): void {
  for (const { tries, execution } of failed) {
    const readyAt = passed.find(({ runId }) => runId !== execution.runId)?.readyAt ?? null;
    if (tries.some((one) => isFailed(one.result) && isQueuedAfter(one, readyAt))) execution.verdict = "flaked";
  }
}

function findPassedReadyAt(tries: readonly AnswerJob[]): Millis | undefined {
  const passed = tries.filter(({ result }) => result === "success");
  const times = passed.map(findReadyAt).filter((at) => at !== null);
  return times.length === 0 ? undefined : Math.max(...times);
}
