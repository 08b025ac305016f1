import type { AnswerRun } from "./answer.ts";
import { listActivities, type Activities } from "./time-parts.ts";
import { isCarriedOver, isDecided, isFailed } from "../core/job-end.ts";
import type { RunResult } from "../core/states.ts";
import type { Millis } from "../core/time.ts";

/** What is kept of a run until all runs of its commit are known. */
export interface CommitRun {
  readonly id: number;
  readonly nativeId: string;
  readonly pipeline: string | null;
  readonly begin: Millis;
  /** It has no result yet. */
  readonly isOpen: boolean;
  readonly completions: readonly { readonly result: RunResult; readonly at: Millis }[];
  /** When its first job failed; `Infinity`: none did. */
  readonly failedAt: Millis;
  readonly jobs: number;
  readonly activities: Activities;
}

/** A rerun moves the times of a run; those of its earlier jobs stay, and tell when it began. */
export function toCommitRun(run: AnswerRun): CommitRun {
  const { id, nativeId, pipeline, result, queuedAt, startedAt, firstSeenAt } = run;
  let begin = queuedAt ?? startedAt ?? firstSeenAt;
  let failedAt = Infinity;
  let jobs = 0;
  for (const job of run.jobs) {
    if (isCarriedOver(job)) continue;
    jobs++;
    begin = Math.min(begin, job.queuedAt ?? job.startedAt ?? begin);
    if (isFailed(job.result)) failedAt = Math.min(failedAt, job.finishedAt ?? Infinity);
  }
  return {
    id,
    nativeId,
    pipeline,
    begin,
    isOpen: result === null,
    completions: run.completions.flatMap((one) =>
      one.finishedAt === null ? [] : [{ result: one.result, at: one.finishedAt }],
    ),
    failedAt,
    jobs,
    activities: listActivities(run.jobs),
  };
}

export interface Pass {
  /** `null`: it has not passed. */
  readonly passedAt: Millis | null;
  readonly passedBy: CommitRun | undefined;
  /** The pipelines that the commit had to pass. */
  readonly required: ReadonlySet<string | null>;
}

/** A pipeline passes with its first success; a commit with the last of these. */
interface Green {
  readonly at: Millis;
  readonly run: CommitRun | undefined;
}

/**
 * When each pipeline of a commit had passed once. `runs`: in the order of their begins; what happened at or after `until` is not
 * known. A pipeline of which all runs were cancelled or skipped does not count, nor one that began after all earlier had passed.
 */
export function findPass(runs: readonly CommitRun[], until: Millis): Pass {
  const [only, ...others] = runs;
  return only !== undefined && others.length === 0 ? findPassOfRun(only, until) : findPassOfRuns(runs, until);
}

/** Most commits have one run. */
function findPassOfRun(run: CommitRun, until: Millis): Pass {
  let passedAt = Infinity;
  for (const { result, at } of run.completions) if (result === "success" && at < until && at < passedAt) passedAt = at;
  const required = new Set([run.pipeline]);
  return passedAt < Infinity
    ? { passedAt, passedBy: run, required }
    : { passedAt: null, passedBy: undefined, required };
}

function findPassOfRuns(runs: readonly CommitRun[], until: Millis): Pass {
  const greens = findGreens(runs, until);
  const required = new Set<string | null>();
  let last: Green = { at: -Infinity, run: undefined };
  for (const run of runs) {
    if (required.has(run.pipeline) || !(run.isOpen || run.completions.some(({ result }) => isDecided(result))))
      continue;
    if (required.size > 0 && run.begin > last.at) break;
    required.add(run.pipeline);
    const green = greens.get(run.pipeline) ?? { at: Infinity, run: undefined };
    if (green.at > last.at) last = green;
  }
  if (required.size === 0) for (const run of runs) required.add(run.pipeline);
  return { passedAt: last.run === undefined ? null : last.at, passedBy: last.run, required };
}

function findGreens(runs: readonly CommitRun[], until: Millis): Map<string | null, Green> {
  const greens = new Map<string | null, Green>();
  for (const run of runs) {
    for (const { result, at } of run.completions) {
      if (result !== "success" || at >= until) continue;
      if (at < (greens.get(run.pipeline)?.at ?? Infinity)) greens.set(run.pipeline, { at, run });
    }
  }
  return greens;
}
