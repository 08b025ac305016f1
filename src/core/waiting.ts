import type { Counted } from "./completion.ts";
import { isStated, type Folded } from "./merge.ts";
import type { RunFacts } from "./model.ts";
import { countJob } from "./apply-jobs.ts";
import { joinLabels, cutLabel, type Labels, type FirstSeen, type Series, splitLabels } from "./series.ts";
import type { Exemplar, Increment } from "./increment.ts";
import type { Change, JobRecord, RunRecord, Tally } from "./run-record.ts";

/**
 * How long what the jobs of a run add up to waits for the run's own name. Senders tell of a run within seconds of its first
 * job; a sender of jobs alone sees their totals after this time.
 */
export const waitMillis = 15 * 60 * 1000;

/**
 * Whether the run's own deliveries said which pipeline it is of. What only its jobs said may be another name, or none; a
 * run that is over will not get one any more.
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

interface Released {
  readonly completions: readonly Counted[];
  readonly increments: readonly Increment[];
  readonly seen: readonly FirstSeen[];
}

/** What the jobs of a run added up to while they waited and is not counted yet, under the labels that the run has now. */
export function releaseJobs(record: RunRecord, labels: Labels, exemplar: Exemplar): Released {
  const { results = [], counted = [] } = record.waiting ?? {};
  const completions = [...results].map(([key, completion]): Counted => {
    const job = record.jobs.get(completion.result === "skip" ? key.replace(/:skip$/, "") : key);
    return countJob(key, labelJob(labels, job), completion, {
      ...exemplar,
      at: job?.known.version.clock ?? exemplar.at,
    });
  });
  const increments: Increment[] = countRetries(record, labels, exemplar);
  const add = (metric: "restarts" | "recovered", count: number) => {
    if (count > 0) increments.push({ metric, labels, count, exemplar });
  };
  add("restarts", record.restarts);
  add("recovered", record.recovered ? 1 : 0);
  const seen = [...record.jobs.values()].map((job): FirstSeen => ({ what: "job", labels: labelJob(labels, job) }));
  return { completions, increments: subtractCounted(increments, counted), seen };
}

/** The same job's first. Another name of the job, or a folded series, leaves only the metric to go by. */
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

/** Those after provider, project and pipeline. */
function pickJobLabels({ labels }: Series): Labels {
  return joinLabels(...splitLabels(labels).slice(3));
}

/** Ends the wait of a run: its jobs are counted under the name that is known so far. */
export function releaseRun(provider: string, run: string, record: RunRecord): Change {
  const { known } = record;
  const exemplar = { run, url: known.facts.url ?? null, at: known.version.clock };
  const { completions, increments, seen } = releaseJobs(record, labelRun(provider, known), exemplar);
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

function labelJob(labels: Labels, job: JobRecord | undefined): Labels {
  const { name, stage } = job?.known.facts ?? {};
  return joinLabels(labels, cutLabel(stage), cutLabel(name), job?.taskType ?? "");
}

/** Retries that the CI system numbers, and ids under a name that another job had before. */
function countRetries({ jobs, newestRetry = 0 }: RunRecord, labels: Labels, exemplar: Exemplar): Increment[] {
  const increments: Increment[] = [];
  const names = new Set<string>();
  for (const job of [...jobs].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, record]) => record)) {
    const { name = "", retries = 0 } = job.known.facts;
    const count = retries + (newestRetry > 0 && names.has(name) ? 1 : 0);
    if (name !== "") names.add(name);
    if (count > 0) increments.push({ metric: "jobRetries", labels: labelJob(labels, job), count, exemplar });
  }
  return increments;
}
