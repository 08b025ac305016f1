import type { ClassifyTask } from "./task-type.ts";
import { observeTime, type CompletionFacts, type Counted } from "./completion.ts";
import { countFailure } from "./count-failure.ts";
import { countSeconds } from "./count-seconds.ts";
import { labelJob, labelResult, type JobLabels } from "./job-labels.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import { isFailed } from "./job-end.ts";
import type { JobFacts, JobObservation, Moments, Observation } from "./model.ts";
import { computeDuration, computeQueueTime } from "./timing.ts";
import type { Labels, FirstSeen } from "./series.ts";
import type { Millis } from "./time.ts";
import type { Exemplar, Increment } from "./increment.ts";
import { findReplaced, noteJob } from "./replaced-job.ts";
import type { JobRecord } from "./run-record.ts";

interface JobContext {
  readonly provider: string;
  readonly labels: Labels;
  readonly exemplar: Exemplar;
  readonly classify: ClassifyTask;
  /** The run's name is unknown so far: results are stored, and nothing is counted. */
  readonly isWaiting: boolean;
}

interface JobsChange {
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly changed: ReadonlySet<string>;
  readonly completions: readonly Counted[];
  readonly increments: readonly Increment[];
  readonly seen: readonly FirstSeen[];
  /** The greatest id, among jobs that are new in this observation, that replaced a job of the same name; 0: none did. */
  readonly newestRetry: number;
}

/** Folds the jobs of one observation into the stored jobs of the run. */
export function applyJobs(
  before: ReadonlyMap<string, JobRecord> | undefined,
  observation: Observation,
  context: JobContext,
): JobsChange {
  const { exemplar, isWaiting } = context;
  const records = new Map(before);
  const newest = observation.retriesByName === true ? findReplaced(records).newest : undefined;
  let newestRetry = 0;
  const changed = new Set<string>();
  const completions: Counted[] = [];
  const increments: Increment[] = [];
  const completed = new Set<string>();
  const seen: FirstSeen[] = [];
  for (const jobObservation of observation.jobs ?? []) {
    const observed = toFolded<JobFacts>(jobObservation);
    const old = records.get(jobObservation.job);
    const job = old === undefined ? observed : merge(old.folded, observed);
    const { name = "", stage } = job.facts;
    const taskType = jobObservation.taskType ?? context.classify({ name, stage });
    const labels = labelJob(context.labels, stage, name, taskType);
    if (job !== old?.folded) {
      records.set(jobObservation.job, { folded: job, taskType });
      changed.add(jobObservation.job);
    }
    const replaced = newest === undefined ? undefined : noteJob(newest, name, Number(jobObservation.job));
    const isRetry = replaced !== undefined && old === undefined && name !== "";
    if (isRetry) newestRetry = Math.max(newestRetry, replaced);
    const retries = (isRetry ? 1 : 0) + Math.max(0, (job.facts.retries ?? 0) - (old?.folded.facts.retries ?? 0));
    if (retries > 0 && !isWaiting)
      increments.push({ metric: "jobRetries", labels: labels.labels, count: retries, exemplar });
    const counted = completeJob(old?.folded, jobObservation, job, labels, context);
    // A sender may list a job twice, but one delivery completes it once.
    if (counted !== undefined && !completed.has(counted.key)) {
      completed.add(counted.key);
      completions.push(counted);
    }
    if (old === undefined && !isWaiting) seen.push({ what: "job", labels: labels.labels });
  }
  return { records, changed, completions, increments, seen, newestRetry };
}

function completeJob(
  old: Folded<JobFacts> | undefined,
  observation: JobObservation,
  job: Folded<JobFacts>,
  labels: JobLabels,
  { exemplar, isWaiting, provider }: JobContext,
): Counted | undefined {
  const { state, result } = observation.facts;
  if (state !== "finished" || result === undefined || result === null) return undefined;
  // A skipped job can still be run later under the same id (GitLab does so when an earlier job is retried).
  const key = result === "skip" ? `${observation.job}:skip` : observation.job;
  const oldResult = old?.facts.state === "finished" ? old.facts.result : undefined;
  if (oldResult !== undefined && (oldResult === "skip") === (result === "skip")) return undefined;
  const attempt = old === undefined ? job : { ...job, facts: { ...job.facts, ...observation.facts } };
  const completion: CompletionFacts = {
    order: 0,
    result,
    finishedAt: observation.facts.finishedAt ?? null,
    durationSeconds: computeDuration(attempt),
    queueSeconds: computeQueueTime(attempt),
  };
  if (isWaiting) return { key, counter: null, completion, increments: [] };
  return countJob(key, labels, completion, {
    exemplar,
    reportedAt: observation.version.clock,
    provider,
    job: observation,
  });
}

/** Of which job a result is counted. */
interface ReportedJob {
  readonly provider: string;
  /** What was stated about it. */
  readonly job: Moments & { readonly facts: Partial<JobFacts> };
  /** The run. Its time is replaced by that of the job. */
  readonly exemplar: Exemplar;
  /** The time of a job that has none of its own: a delivery about the whole run, which ends later, may report the job too. */
  readonly reportedAt: Millis;
}

/** A result of a job, and what it adds to the totals of its series. */
export function countJob(
  key: string,
  job: JobLabels,
  completion: CompletionFacts,
  { provider, job: stated, exemplar: { run, url }, reportedAt }: ReportedJob,
): Counted {
  const labels = labelResult(job, completion.result);
  const exemplar: Exemplar = { run, url, at: completion.finishedAt ?? reportedAt };
  const counter: Increment = { metric: "jobs", labels, count: 1, exemplar };
  const duration = observeTime({ metric: "jobDuration", labels }, completion.durationSeconds, exemplar);
  const queue = observeTime({ metric: "jobQueue", labels: job.labels }, completion.queueSeconds, exemplar);
  const seconds = countSeconds(job, stated, completion);
  const increments = listIncrements(counter, duration, queue, seconds);
  if (!isFailed(completion.result)) return { key, counter, completion, increments, seconds };
  return {
    key,
    counter,
    completion,
    increments,
    seconds,
    tallied: countFailure(provider, job, stated, completion, exemplar),
  };
}

/** Each list is written out, because one that grows takes several times the memory, and a delivery has dozens. */
function listIncrements(
  counter: Increment,
  duration: Increment | undefined,
  queue: Increment | undefined,
  seconds: Increment | undefined,
): readonly Increment[] {
  if (duration !== undefined && seconds !== undefined)
    return queue === undefined ? [counter, duration, seconds] : [counter, duration, seconds, queue];
  if (duration === undefined) return queue === undefined ? [counter] : [counter, queue];
  return queue === undefined ? [counter, duration] : [counter, duration, queue];
}
