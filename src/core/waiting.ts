import type { Counted } from "./completion.ts";
import { isStated, type Folded } from "./merge.ts";
import type { RunFacts } from "./model.ts";
import { countJob } from "./apply-jobs.ts";
import { countFlakes } from "./count-flakes.ts";
import { labelJob, type JobLabels } from "./job-labels.ts";
import { joinLabels, cutLabel, type Labels, type FirstSeen, type Series, splitLabels } from "./series.ts";
import type { Exemplar, Increment } from "./increment.ts";
import type { Change, JobRecord, RunRecord, Tally } from "./run-record.ts";

/**
 * How long the totals of a run's jobs wait for the run's own name. Senders report a run within seconds of its first job; for
 * a sender of jobs alone, their totals are counted after this time.
 */
export const waitMillis = 15 * 60 * 1000;

/**
 * Whether a delivery about the run itself named its pipeline. Deliveries about its jobs may have another name, or none; a
 * run that has finished gets no name any more.
 */
export function isNamed(run: Folded<RunFacts>): boolean {
  const { state } = run.facts;
  return state === "finished" || (state !== undefined && isStated(run, "pipeline"));
}

/** The labels that a run and its jobs count under. Where no delivery named a pipeline, the jobs count under the project. */
export function labelRun(provider: string, run: Folded<RunFacts>): Labels {
  const { project = "", pipeline = isNamed(run) ? "" : project } = run.facts;
  return joinLabels(provider, cutLabel(project), cutLabel(pipeline));
}

const nothing = { facts: {} };

interface Released {
  readonly completions: readonly Counted[];
  readonly increments: readonly Increment[];
  readonly seen: readonly FirstSeen[];
}

/** The totals of jobs that waited and are not counted yet, under the labels that the run has now. */
export function releaseJobs(provider: string, record: RunRecord, labels: Labels, exemplar: Exemplar): Released {
  const { results = [], counted = [] } = record.waiting ?? {};
  const completions = [...results].map(([key, completion]): Counted => {
    const job = record.jobs.get(completion.result === "skip" ? key.replace(/:skip$/, "") : key);
    const { folded = nothing } = job ?? {};
    const reportedAt = job?.folded.version.clock ?? exemplar.at;
    return countJob(key, labelStored(labels, job), completion, { provider, job: folded, exemplar, reportedAt });
  });
  const increments: Increment[] = countRetries(record, labels, exemplar);
  increments.push(...countFlakes(record.jobs.values(), { provider, labels, exemplar }).values());
  const add = (metric: "restarts" | "recovered", count: number) => {
    if (count > 0) increments.push({ metric, labels, count, exemplar });
  };
  add("restarts", record.restarts);
  add("recovered", record.recovered ? 1 : 0);
  const seen = [...record.jobs.values()].map(
    (job): FirstSeen => ({ what: "job", labels: labelStored(labels, job).labels }),
  );
  return { completions, increments: subtractCounted(increments, counted), seen };
}

/** Matches by job labels first. Where the job has another name now, or its series is folded, it matches by metric alone. */
function subtractCounted(increments: readonly Increment[], counted: readonly Tally[]): readonly Increment[] {
  if (counted.length === 0) return increments;
  const rest = increments.map((increment) => ({ ...increment }));
  const tallies = counted.map((tally) => ({ ...tally }));
  const subtract = (isSame: (a: Series, b: Series) => boolean) => {
    for (const tally of tallies) {
      for (const increment of rest.filter((one) => isSame(one, tally))) {
        const count = Math.min(increment.count, tally.count);
        increment.count -= count;
        tally.count -= count;
      }
    }
  };
  subtract((a, b) => a.metric === b.metric && pickJobLabels(a) === pickJobLabels(b));
  subtract((a, b) => a.metric === b.metric);
  return rest.filter(({ count }) => count > 0);
}

/** The labels after provider, project and pipeline. */
function pickJobLabels({ labels }: Series): Labels {
  return joinLabels(...splitLabels(labels).slice(3));
}

/** Ends the wait of a run: its jobs are counted under the name that it has so far. */
export function releaseRun(provider: string, run: string, record: RunRecord): Change {
  const { folded } = record;
  const exemplar = { run, url: folded.facts.url ?? null, at: folded.version.clock };
  const { completions, increments, seen } = releaseJobs(provider, record, labelRun(provider, folded), exemplar);
  return {
    record: { ...record, waiting: undefined },
    changedJobs: new Set(),
    runCompletions: [],
    jobCompletions: [],
    filled: [],
    queueMoved: false,
    released: completions,
    increments,
    seen,
  };
}

function labelStored(labels: Labels, job: JobRecord | undefined): JobLabels {
  const { name = "", stage } = job?.folded.facts ?? {};
  return labelJob(labels, stage, name, job?.taskType ?? null);
}

/** Counts retries that the CI system numbers, and new ids under the name of an earlier job. */
function countRetries({ jobs, newestRetry = 0 }: RunRecord, labels: Labels, exemplar: Exemplar): Increment[] {
  const increments: Increment[] = [];
  const names = new Set<string>();
  for (const job of [...jobs].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, record]) => record)) {
    const { name = "", retries = 0 } = job.folded.facts;
    const count = retries + (newestRetry > 0 && names.has(name) ? 1 : 0);
    if (name !== "") names.add(name);
    if (count > 0) increments.push({ metric: "jobRetries", labels: labelStored(labels, job).labels, count, exemplar });
  }
  return increments;
}
