import {
  compareTexts,
  joinKey,
  type AnswerJob,
  type AnswerRun,
  type Findings,
  type Mergeable,
  type Span,
} from "./answer.ts";
import { hashText } from "./hash-text.ts";
import { loadDecisions, saveDecisions, type SavedDecisions } from "./red-decisions.ts";
import { listRedPeriods, type Decision, type RedPeriod } from "./red-periods.ts";
import { isDecided, isFailed } from "../core/job-end.ts";
import { groupTries } from "./tries.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** A default branch of a pipeline: how often and how long it was red. */
export interface RedMain {
  readonly provider: string;
  readonly source: string;
  readonly project: string | null;
  readonly pipeline: string | null;
  readonly ref: string | null;
  /** Changes from green to red, and back. */
  readonly breaks: number;
  readonly recoveries: number;
  readonly redSeconds: number;
  /** The part of them that belongs to red runs whose code was green later. */
  readonly flakyRedSeconds: number;
  /** Red seconds / seconds of the span. */
  readonly redShare: number;
  /** `null`: it is not red at the end of the span. */
  readonly openSince: Millis | null;
  /** Of the latest red period. */
  readonly firstBadRunId: number | null;
  readonly firstGoodRunId: number | null;
  /** The newest first. */
  readonly periods: readonly RedPeriod[];
  readonly soleBlockers: readonly SoleBlocker[];
}

/** A job that alone kept runs from being green. */
export interface SoleBlocker {
  readonly jobName: string;
  readonly runs: number;
  /** The newest first. */
  readonly runIds: readonly number[];
}

export const redMainDefinition =
  "Attempts of runs of the default branch that passed or failed (failure, error or timeout), in the order of their ends: it " +
  "breaks where a failure follows a success, recovers where a success follows a failure, and is red between; red time is flaky " +
  "where it follows a failure whose run or commit passed later";

/** How long before the span runs are read, to see whether it began red. */
export const redMainLookback: Millis = 30 * dayMillis;

const shownMax = 20;

type BranchNames = Pick<RedMain, "provider" | "source" | "project" | "pipeline" | "ref">;

interface Branch {
  readonly names: BranchNames;
  readonly decisions: Decision[];
  readonly redRuns: RedRun[];
}

interface RedRun {
  readonly runId: number;
  readonly nativeId: string;
  readonly jobs: number;
  /** When it was red, and the job that alone made it so; `null`: there were several or none. */
  readonly reds: readonly (readonly [at: Millis, blocker: string | null])[];
}

/** A red run that one job alone made red. */
interface Blocked {
  readonly at: Millis;
  readonly nativeId: string;
  readonly runId: number;
}

type SavedRedMain = readonly (readonly [names: BranchNames, decisions: SavedDecisions, redRuns: readonly RedRun[]])[];

/** True for the runs whose jobs the answer looks at: those that were red in the span. */
export function isRedRun(run: Omit<AnswerRun, "jobs">, span: Span): boolean {
  return listDecisions(run).some(({ at, isRed }) => isRed && isIn(span, at));
}

/** Finds when default branches were red. Only runs of default branches count; those before the span tell how it began. */
export function createRedMainAnswer(span: Span): Mergeable<Findings<RedMain>> {
  const branches = new Map<string, Branch>();
  return {
    add(run) {
      const decisions = listDecisions(run);
      if (decisions.length === 0) return;
      const branch = findBranch(branches, run);
      branch.decisions.push(...decisions);
      const reds = decisions.flatMap(({ at, isRed }) => (isRed ? [[at, findBlocker(run.jobs, at)] as const] : []));
      const { id: runId, nativeId } = run;
      if (reds.length > 0) branch.redRuns.push({ runId, nativeId, jobs: run.jobs.length, reds });
    },
    save: (): SavedRedMain =>
      [...branches.values()].map(({ names, decisions, redRuns }) => [names, saveDecisions(decisions), redRuns]),
    load(state) {
      for (const [names, saved, redRuns] of state as SavedRedMain) {
        const { decisions, redRuns: all } = findBranch(branches, names);
        loadDecisions(decisions, saved);
        for (const redRun of redRuns) all.push(redRun);
      }
    },
    finish() {
      const runs = new Set<number>();
      let jobs = 0;
      for (const { decisions, redRuns } of branches.values()) {
        for (const { at, runId } of decisions) if (isIn(span, at)) runs.add(runId);
        for (const { jobs: ofRun, reds } of redRuns) if (reds.some(([at]) => isIn(span, at))) jobs += ofRun;
      }
      const items = [...branches.values()].flatMap((branch) => summarizeBranch(branch, span));
      return { runs: runs.size, jobs, items: items.toSorted(compareBranches) };
    },
  };
}

function findBranch(branches: Map<string, Branch>, run: BranchNames): Branch {
  const { provider, source, project, pipeline, ref } = run;
  const key = joinKey(provider, source, project, pipeline, ref);
  const names = { provider, source, project, pipeline, ref };
  const found = branches.get(key) ?? { names, decisions: [], redRuns: [] };
  branches.set(key, found);
  return found;
}

/** The attempts of a run of a default branch that passed or failed. The result of the latest may have been corrected. */
function listDecisions(run: Omit<AnswerRun, "jobs">): Decision[] {
  if (run.defaultBranch !== true) return [];
  const { id: runId, nativeId, sha, completions } = run;
  const commit = sha === null ? null : hashText(sha);
  return completions.flatMap((completion, i) => {
    const isLatest = i === completions.length - 1;
    const result = (isLatest ? run.result : null) ?? completion.result;
    const { finishedAt: at } = completion;
    return at === null || !isDecided(result)
      ? []
      : [{ at, order: i, runId, nativeId, commit, isRed: isFailed(result) }];
  });
}

/** The red runs of the span by the job that alone made them red: the only one that had failed last, of those that may not fail. */
function listBlockers(redRuns: readonly RedRun[], span: Span): Map<string, Blocked[]> {
  const blockers = new Map<string, Blocked[]>();
  for (const { runId, nativeId, reds } of redRuns) {
    const names = new Map(reds.flatMap(([at, name]) => (name !== null && isIn(span, at) ? [[name, at] as const] : [])));
    for (const [name, at] of names) {
      const blocked = blockers.get(name) ?? [];
      blocked.push({ at, nativeId, runId });
      blockers.set(name, blocked);
    }
  }
  return blockers;
}

function isIn({ since, until }: Span, at: Millis): boolean {
  return at >= since && at < until;
}

/** The one job whose last try before `end` failed; `null` where several did. A second of rounding is allowed. */
function findBlocker(jobs: readonly AnswerJob[], end: Millis): string | null {
  const before = jobs.filter(({ finishedAt, allowFailure }) => {
    return allowFailure !== true && finishedAt !== null && finishedAt <= end + 1000;
  });
  const failed = groupTries(before).filter(({ tries }) => {
    const last = tries.reduce((a, b) => ((b.finishedAt ?? 0) >= (a.finishedAt ?? 0) ? b : a));
    return isFailed(last.result);
  });
  return failed.length === 1 ? (failed[0]?.name ?? null) : null;
}

/** Nothing for a branch that had no decided run in the span and was not red. */
function summarizeBranch({ names, decisions, redRuns }: Branch, span: Span): RedMain[] {
  const { periods, breaks, recoveries } = listRedPeriods(decisions, span);
  const latest = periods.at(-1);
  if (latest === undefined && !decisions.some(({ at }) => isIn(span, at))) return [];
  const redSeconds = periods.reduce((total, { seconds }) => total + seconds, 0);
  return [
    {
      ...names,
      breaks,
      recoveries,
      redSeconds,
      flakyRedSeconds: periods.reduce((total, { flakySeconds }) => total + flakySeconds, 0),
      redShare: (redSeconds * 1000) / (span.until - span.since),
      openSince: latest?.firstGoodRunId === null ? latest.since : null,
      firstBadRunId: latest?.firstBadRunId ?? null,
      firstGoodRunId: latest?.firstGoodRunId ?? null,
      periods: periods.toReversed().slice(0, shownMax),
      soleBlockers: [...listBlockers(redRuns, span)].map(toSoleBlocker).toSorted(compareBlockers),
    },
  ];
}

function toSoleBlocker([jobName, blocked]: readonly [string, readonly Blocked[]]): SoleBlocker {
  const newest = blocked.toSorted((a, b) => b.at - a.at || compareTexts(b.nativeId, a.nativeId));
  return { jobName, runs: blocked.length, runIds: newest.slice(0, shownMax).map(({ runId }) => runId) };
}

function compareBlockers(a: SoleBlocker, b: SoleBlocker): number {
  return b.runs - a.runs || compareTexts(a.jobName, b.jobName);
}

function compareBranches(a: RedMain, b: RedMain): number {
  const name = ({ provider, source, project, pipeline, ref }: RedMain) =>
    joinKey(provider, source, project, pipeline, ref);
  return b.redSeconds - a.redSeconds || compareTexts(name(a), name(b));
}
