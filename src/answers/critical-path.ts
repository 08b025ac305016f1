import type { Millis } from "../core/time.ts";

/**
 * The critical path of a run: the chain of jobs that decided when the run ended. GitLab, GitHub and Jenkins do not send which
 * job needs which, so the path is observed: a job is unblocked when the last job that it needs has ended.
 */

/** A job that ran: it has a start and an end, and none of its times is before the one above it. */
export interface PathJob {
  /** Unique in its run. */
  readonly id: string;
  readonly name: string | null;
  /** Since when it waited for nothing but its gate and a runner. `null`: it had a gate, and since when is not reported. */
  readonly unblockedAt: Millis | null;
  /** When it could have started, if a runner had been free. */
  readonly runnableAt: Millis;
  readonly startedAt: Millis;
  readonly finishedAt: Millis;
}

/**
 * The names of the jobs that a job needs, by its name: Tekton sends them. A job that needs `*` (Tekton's `finally`) waits for all that
 * do not need `*` themselves.
 */
export type JobGraph = ReadonlyMap<string, readonly string[]>;

export interface PathRun {
  readonly queuedAt: Millis | null;
  readonly finishedAt: Millis | null;
  readonly jobs: readonly PathJob[];
  /** `undefined` where the provider does not send it: the path is observed then. */
  readonly graph: JobGraph | undefined;
}

export interface PathStep {
  readonly job: PathJob;
  /** Milliseconds of its work in which no other job of the run worked. */
  readonly exclusiveMillis: Millis;
}

/** Milliseconds; together they are the wall time. */
export interface PathParts {
  /** Jobs of the path worked. */
  readonly work: number;
  /** The next job of the path waited for a runner. */
  readonly queue: number;
  /** The next job of the path waited for a person, or for a time that the pipeline set. */
  readonly gate: number;
  /** The CI system itself: before the first job, between two, or after the last one. */
  readonly gap: number;
}

export interface CriticalPath {
  /** From the moment when the run was queued to its end. */
  readonly wallMillis: Millis;
  readonly parts: PathParts;
  /** In the order of their work. */
  readonly path: readonly PathStep[];
}

const all = "*";

/** Providers cut times to whole seconds, so a time may be this much too early. */
const cutMillis = 1000;

/** `undefined` for a run in which no job ran. */
export function computeCriticalPath({ queuedAt, finishedAt, jobs: stored, graph }: PathRun): CriticalPath | undefined {
  // Jobs of an earlier attempt are no part of this one: they had ended before it was queued.
  const jobs = stored.filter((job) => queuedAt === null || job.finishedAt + cutMillis > queuedAt);
  const chain = findChain(jobs, graph);
  const [first] = chain;
  const last = chain.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const begin = Math.min(queuedAt ?? Infinity, getUnblockedAt(first));
  const end = Math.max(finishedAt ?? 0, last.finishedAt);
  const exclusive = computeExclusiveMillis(jobs);
  return {
    wallMillis: end - begin,
    parts: computeParts(chain, begin, end),
    path: chain.map((job) => ({ job, exclusiveMillis: exclusive.get(job) ?? 0 })),
  };
}

function getUnblockedAt({ unblockedAt, runnableAt }: PathJob): Millis {
  return unblockedAt ?? runnableAt;
}

/** The jobs of the path, from the first one to the one that ended last. */
function findChain(jobs: readonly PathJob[], graph: JobGraph | undefined): readonly PathJob[] {
  const byEnd = jobs.toSorted(compareEnds);
  const chain: PathJob[] = [];
  let rest = byEnd.length;
  let job = byEnd.at(-1);
  while (job !== undefined) {
    chain.unshift(job);
    rest = byEnd.lastIndexOf(job, rest);
    job = findPredecessor(job, byEnd.slice(0, rest), graph);
  }
  return chain;
}

/** By end; of jobs that end together the one that worked longer comes last. The id makes the order the same every time. */
function compareEnds(a: PathJob, b: PathJob): number {
  return a.finishedAt - b.finishedAt || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1);
}

/**
 * The job for which this one waited. Where the graph names what it needs, the last of those; a job that needs nothing waited for
 * none. Else, and where nothing that it needs ran, the last job that had ended when this one was unblocked.
 */
function findPredecessor(job: PathJob, before: readonly PathJob[], graph: JobGraph | undefined): PathJob | undefined {
  const needs = getNeeds(job, graph);
  if (needs?.length === 0) return undefined;
  const needed = before.findLast((other) => isNeeded(other, needs, graph));
  if (needed !== undefined) return needed;
  const unblockedAt = getUnblockedAt(job);
  return before.findLast(({ finishedAt }) => finishedAt <= unblockedAt);
}

function getNeeds({ name }: PathJob, graph: JobGraph | undefined): readonly string[] | undefined {
  return name === null ? undefined : graph?.get(name);
}

function isNeeded(job: PathJob, needs: readonly string[] | undefined, graph: JobGraph | undefined): boolean {
  if (needs?.includes(all) === true) return getNeeds(job, graph)?.includes(all) !== true;
  return job.name !== null && needs?.includes(job.name) === true;
}

/** Cuts the wall time at the moments of the path. Overlaps, which cut times may cause, count once, for the earlier job. */
function computeParts(chain: readonly PathJob[], begin: Millis, end: Millis): PathParts {
  const parts = { work: 0, queue: 0, gate: 0, gap: 0 };
  let at = begin;
  const advance = (part: keyof PathParts, to: Millis) => {
    if (to <= at) return;
    parts[part] += to - at;
    at = to;
  };
  for (const job of chain) {
    if (job.unblockedAt !== null) advance("gap", job.unblockedAt);
    advance("gate", job.runnableAt);
    advance("queue", job.startedAt);
    advance("work", job.finishedAt);
  }
  advance("gap", end);
  return parts;
}

/** How long each job worked alone: one sweep over all starts and ends. */
function computeExclusiveMillis(jobs: readonly PathJob[]): ReadonlyMap<PathJob, Millis> {
  const starts = jobs.toSorted((a, b) => a.startedAt - b.startedAt);
  const ends = jobs.toSorted((a, b) => a.finishedAt - b.finishedAt);
  const working = new Set<PathJob>();
  const millis = new Map<PathJob, Millis>();
  let [from, started] = [0, 0];
  const advance = (at: Millis): void => {
    if (working.size === 1) for (const alone of working) millis.set(alone, (millis.get(alone) ?? 0) + at - from);
    from = at;
  };
  for (const end of ends) {
    for (let job = starts[started]; job !== undefined && job.startedAt <= end.finishedAt; job = starts[++started]) {
      advance(job.startedAt);
      working.add(job);
    }
    advance(end.finishedAt);
    working.delete(end);
  }
  return millis;
}
