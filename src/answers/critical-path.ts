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
  const byEnd = jobs.toSorted(compareEnds);
  const places = findChain(byEnd, graph);
  const chain = places.flatMap((place) => byEnd[place] ?? []);
  const [first] = chain;
  const last = chain.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const begin = Math.min(queuedAt ?? Infinity, getUnblockedAt(first));
  const end = Math.max(finishedAt ?? 0, last.finishedAt);
  const exclusive = computeExclusiveMillis(byEnd);
  return {
    wallMillis: end - begin,
    parts: computeParts(chain, begin, end),
    path: chain.map((job, i) => ({ job, exclusiveMillis: exclusive[places[i] ?? 0] ?? 0 })),
  };
}

function getUnblockedAt({ unblockedAt, runnableAt }: PathJob): Millis {
  return unblockedAt ?? runnableAt;
}

/** The places of the jobs of the path, from the first one to the one that ended last. */
function findChain(byEnd: readonly PathJob[], graph: JobGraph | undefined): readonly number[] {
  const chain: number[] = [];
  for (let place = byEnd.length - 1; place >= 0; place = findPredecessor(place, byEnd, graph)) chain.push(place);
  return chain.toReversed();
}

/** By end; of jobs that end together the one that worked longer comes last. The id makes the order the same every time. */
function compareEnds(a: PathJob, b: PathJob): number {
  return a.finishedAt - b.finishedAt || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1);
}

/**
 * The place of the job for which the one at a place waited; -1: it waited for none. Where the graph names what it needs, the last of those;
 * a job that needs nothing waited for none. Else, and where nothing that it needs ran, the last job that had ended when this one was
 * unblocked.
 */
function findPredecessor(place: number, byEnd: readonly PathJob[], graph: JobGraph | undefined): number {
  const job = byEnd[place] as PathJob;
  const needs = getNeeds(job, graph);
  if (needs?.length === 0) return -1;
  if (needs !== undefined) {
    const needed = findLastBefore(place, byEnd, (other) => isNeeded(other, needs, graph));
    if (needed >= 0) return needed;
  }
  const unblockedAt = getUnblockedAt(job);
  return findLastBefore(place, byEnd, ({ finishedAt }) => finishedAt <= unblockedAt);
}

function findLastBefore(place: number, byEnd: readonly PathJob[], fits: (job: PathJob) => boolean): number {
  let before = place - 1;
  while (before >= 0 && !fits(byEnd[before] as PathJob)) before--;
  return before;
}

function getNeeds({ name }: PathJob, graph: JobGraph | undefined): readonly string[] | undefined {
  return name === null ? undefined : graph?.get(name);
}

function isNeeded(job: PathJob, needs: readonly string[], graph: JobGraph | undefined): boolean {
  if (needs.includes(all)) return getNeeds(job, graph)?.includes(all) !== true;
  return job.name !== null && needs.includes(job.name);
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

/**
 * How long each job worked alone, by its place: one sweep over all starts and ends. Where one job works, the sum of the places of those that
 * work is its place.
 */
function computeExclusiveMillis(byEnd: readonly PathJob[]): Float64Array {
  const getStart = (place: number) => (byEnd[place] as PathJob).startedAt;
  const starts = byEnd.map((_, place) => place).toSorted((a, b) => getStart(a) - getStart(b));
  const millis = new Float64Array(byEnd.length);
  let [working, places, from, started] = [0, 0, 0, 0];
  const advance = (at: Millis): void => {
    if (working === 1) millis[places] = (millis[places] ?? 0) + at - from;
    from = at;
  };
  byEnd.forEach(({ finishedAt }, end) => {
    for (let place = starts[started]; place !== undefined && getStart(place) <= finishedAt; place = starts[++started]) {
      advance(getStart(place));
      working++;
      places += place;
    }
    advance(finishedAt);
    working--;
    places -= end;
  });
  return millis;
}
