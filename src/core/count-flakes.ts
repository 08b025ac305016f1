import { savedRank } from "./legacy/saved-pipelines.ts";
import type { Exemplar, Increment } from "./increment.ts";
import { isCarriedOver, isFailed, isLaterTry, type JobEnd } from "./job-end.ts";
import { labelJob, labelRunner } from "./job-labels.ts";
import type { Folded } from "./merge.ts";
import type { JobFacts, Observation } from "./model.ts";
import type { JobRecord, RunRecord } from "./run-record.ts";
import { toSeriesKey, type Labels } from "./series.ts";
import { computeDuration } from "./timing.ts";

type Jobs = ReadonlyMap<string, JobRecord>;

interface FlakeContext {
  readonly provider: string;
  /** The labels of the run. */
  readonly labels: Labels;
  readonly exemplar: Exemplar;
}

/**
 * Whether a delivery can show that a failed try of a job was a flake: only of a run in which something ran again. It must not ask
 * more than the store can know before it reads the jobs, see `readConcerned`.
 */
export function mayFlake(observation: Observation, before: RunRecord | undefined, newestRetry = 0): boolean {
  if (observation.jobs === undefined) return false;
  if ((observation.attempt ?? 1) > 1 || (before?.attempt ?? 1) > 1 || newestRetry > 0) return true;
  // Its retries are derived from all of its jobs, which are read: it may hold jobs of a saved pipeline.
  if (before !== undefined && before.newestRetry === undefined) return true;
  return observation.jobs.some(({ facts }) => (facts.retries ?? 0) > 0);
}

/** Flakes that a delivery showed, under the names that it states: those of the jobs after it that there were not before. */
export function countNewFlakes(
  before: Jobs,
  after: Jobs,
  { jobs = [] }: Observation,
  context: FlakeContext,
): readonly Increment[] {
  const names = new Set(jobs.map(({ facts }) => facts.name));
  const select = (all: Jobs) => [...all.values()].filter(({ folded }) => names.has(folded.facts.name));
  const earlier = countFlakes(select(before), context);
  return [...countFlakes(select(after), context)].flatMap(([series, increment]) => {
    const count = increment.count - (earlier.get(series)?.count ?? 0);
    return count > 0 ? [{ ...increment, count }] : [];
  });
}

/**
 * The failed tries of jobs that passed in a later try of the same run, and their milliseconds, by series. Jobs that are known from a
 * saved pipeline alone show none: GitLab's deliveries, which have all tries with their times, take their places.
 */
export function countFlakes(jobs: Iterable<JobRecord>, context: FlakeContext): ReadonlyMap<string, Increment> {
  const { provider, labels, exemplar } = context;
  const increments = new Map<string, Increment>();
  const add = (increment: Increment) => {
    const key = toSeriesKey(increment);
    const count = (increments.get(key)?.count ?? 0) + increment.count;
    if (count > 0) increments.set(key, { ...increment, count });
  };
  for (const tries of groupByName(jobs)) {
    const passed = tries.filter(({ end }) => end.result === "success" && !isCarriedOver(end));
    for (const one of tries) {
      const { flakes, millis } = judge(provider, one, passed);
      const { name = "", stage, runnerClass } = one.record.folded.facts;
      const job = labelJob(labels, stage, name, one.record.taskType);
      add({ metric: "jobFlakes", labels: job.labels, count: flakes, exemplar });
      add({ metric: "jobFlakeSeconds", labels: labelRunner(job, runnerClass), count: millis });
    }
  }
  return increments;
}

interface Try {
  readonly record: JobRecord;
  readonly end: JobEnd;
}

/** Jobs of one stage and name. */
function groupByName(jobs: Iterable<JobRecord>): Iterable<readonly Try[]> {
  const groups = new Map<string, Try[]>();
  for (const record of jobs) {
    const { name, stage = null } = record.folded.facts;
    if (name === undefined || name === "" || record.folded.version.rank === savedRank) continue;
    const key = JSON.stringify([stage, name]);
    const one = { record, end: toEnd(record.folded) };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups.values();
}

function toEnd({ facts, queuedAt, startedAt }: Folded<JobFacts>): JobEnd {
  const { state, result = null, attempt, finishedAt = null } = facts;
  return {
    result: state === "finished" ? result : null,
    attempt: attempt ?? null,
    queuedAt: queuedAt ?? null,
    startedAt: startedAt ?? null,
    finishedAt,
  };
}

/** Tries that the CI system repeated under the same id failed as well, where the last one passed. */
function judge(provider: string, { record, end }: Try, passed: readonly Try[]): { flakes: number; millis: number } {
  const { folded } = record;
  if (isFailed(end.result)) {
    const isFlake = !isCarriedOver(end) && passed.some((one) => isLaterTry(provider, end, one.end));
    return isFlake ? { flakes: 1, millis: toMillis(computeDuration(folded)) } : { flakes: 0, millis: 0 };
  }
  if (end.result !== "success" || isCarriedOver(end)) return { flakes: 0, millis: 0 };
  let millis = 0;
  for (const [startedAt, finishedAt] of folded.facts.tries ?? [])
    if (startedAt !== null && finishedAt !== null) millis += Math.max(0, finishedAt - startedAt);
  return { flakes: folded.facts.retries ?? 0, millis };
}

function toMillis(seconds: number | null): number {
  return seconds === null ? 0 : Math.max(0, Math.round(seconds * 1000));
}
