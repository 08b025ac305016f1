import type { ClassifyTask } from "./task-type.ts";
import { countCompletion, type CompletionFacts, type Counted } from "./completion.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import type { JobFacts, JobObservation, Observation } from "./model.ts";
import { durationSeconds, queueSeconds } from "./timing.ts";
import { joinLabels, cutLabel, type Labels, type FirstSeen, type Series } from "./series.ts";
import type { Exemplar, Increment } from "./increment.ts";
import type { JobRecord } from "./run-record.ts";

interface JobContext {
  readonly labels: Labels;
  readonly exemplar: Exemplar;
  readonly classify: ClassifyTask;
  /** The run's name is not known yet: results are kept, and nothing is counted. */
  readonly waits: boolean;
}

interface JobsChange {
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly changed: ReadonlySet<string>;
  readonly completions: readonly Counted[];
  readonly increments: readonly Increment[];
  readonly seen: readonly FirstSeen[];
  /** The greatest id that replaced another job of the same name, 0 if none did; of jobs that are new in this observation. */
  readonly newestRetry: number;
}

/** Folds the jobs of one observation into what is known of the run's jobs. */
export function applyJobs(
  before: ReadonlyMap<string, JobRecord> | undefined,
  said: Observation,
  context: JobContext,
): JobsChange {
  const records = new Map(before);
  const byName = said.retriesByName === true ? newestByName(records) : undefined;
  let newestRetry = 0;
  const changed = new Set<string>();
  const completions: Counted[] = [];
  const increments: Increment[] = [];
  const completed = new Set<string>();
  const seen: FirstSeen[] = [];
  for (const observation of said.jobs ?? []) {
    const old = records.get(observation.job);
    const job = old === undefined ? toFolded<JobFacts>(observation) : merge(old.known, toFolded<JobFacts>(observation));
    const { name = "", stage } = job.facts;
    const taskType = observation.taskType ?? context.classify({ name, stage });
    const labels = joinLabels(context.labels, cutLabel(stage), cutLabel(name), taskType ?? "");
    if (job !== old?.known) {
      records.set(observation.job, { known: job, taskType });
      changed.add(observation.job);
    }
    const other = old === undefined && name !== "" ? byName?.get(name) : undefined;
    if (other !== undefined) newestRetry = Math.max(newestRetry, other, Number(observation.job));
    byName?.set(name, Math.max(byName.get(name) ?? 0, Number(observation.job)));
    const retried = other === undefined ? 0 : 1;
    const retries = retried + Math.max(0, (job.facts.retries ?? 0) - (old?.known.facts.retries ?? 0));
    if (retries > 0 && !context.waits)
      increments.push({ metric: "jobRetries", labels, count: retries, exemplar: context.exemplar });
    const counted = completeJob(old?.known, observation, job, { ...context, labels });
    // A sender may list a job twice, but one delivery completes it once.
    if (counted !== undefined && !completed.has(counted.key)) {
      completed.add(counted.key);
      completions.push(counted);
    }
    if (old === undefined && !context.waits) seen.push({ what: "job", labels });
  }
  return { records, changed, completions, increments, seen, newestRetry };
}

/** The greatest id of each name. */
function newestByName(jobs: ReadonlyMap<string, JobRecord>): Map<string, number> {
  const newest = new Map<string, number>();
  for (const [job, { known: k }] of jobs) {
    const { name = "" } = k.facts;
    newest.set(name, Math.max(newest.get(name) ?? 0, Number(job)));
  }
  return newest;
}

function completeJob(
  old: Folded<JobFacts> | undefined,
  said: JobObservation,
  job: Folded<JobFacts>,
  { labels, exemplar, waits }: JobContext,
): Counted | undefined {
  const { state, result } = said.facts;
  if (state !== "finished" || result === undefined || result === null) return undefined;
  // A skipped job can still be run later under the same id (GitLab does so when an earlier job is retried).
  const key = result === "skip" ? `${said.job}:skip` : said.job;
  const oldResult = old?.facts.state === "finished" ? old.facts.result : undefined;
  if (oldResult !== undefined && (oldResult === "skip") === (result === "skip")) return undefined;
  const attempt = old === undefined ? job : { ...job, facts: { ...job.facts, ...said.facts } };
  const completion: CompletionFacts = {
    order: 0,
    result,
    finishedAt: said.facts.finishedAt ?? null,
    durationSeconds: durationSeconds(attempt),
    queueSeconds: queueSeconds(attempt),
  };
  if (waits) return { key, counter: null, completion, increments: [] };
  return countJob(key, labels, completion, { ...exemplar, at: said.version.clock });
}

/** A result of a job, and what it adds to the totals of its series. */
export function countJob(key: string, labels: Labels, completion: CompletionFacts, exemplar: Exemplar): Counted {
  const counter: Series = { metric: "jobs", labels: joinLabels(labels, completion.result) };
  const histograms = {
    duration: { metric: "jobDuration", labels: counter.labels },
    queue: { metric: "jobQueue", labels },
  } as const;
  // The job's own time: a job may be told in a delivery of its own, or in one about the whole run, which ends later.
  const at = completion.finishedAt ?? exemplar.at;
  return {
    key,
    counter,
    completion,
    increments: countCompletion(counter, completion, histograms, { ...exemplar, at }),
  };
}
