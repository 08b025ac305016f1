import { createHash } from "node:crypto";
import type { Millis, Result } from "./model.ts";
import { results } from "./model.ts";

/** Upper bounds in seconds, 1 s to 24 h; what is longer falls into `+Inf`. */
export const durationBuckets = [
  1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400,
] as const;

/** A stored total is one row per series; a histogram's row holds this many buckets, `+Inf` included. */
export const bucketCount = durationBuckets.length + 1;

const pipelineLabels = ["provider", "project", "pipeline"] as const;
const jobLabels = [...pipelineLabels, "stage", "job_name", "task_type"] as const;

/** A metric whose totals live in the database. */
export interface RollupMetric {
  readonly name: string;
  readonly type: "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** An older tool's: a sender's word stands for `<name>`, or it has no usual suffix. src/metrics/legacy.ts renders it. */
  readonly dynamic?: true;
}

/** Upper bounds in seconds of the histograms that the template counter makes. */
const templateBuckets = [60, 120, 300, 600, 900, 1200] as const;

/** Every stored metric, by the key under which `rollups` holds it. Names: docs/metrics.md. */
export const rollupMetrics = {
  runs: {
    name: "cicd_pipeline_runs_total",
    type: "counter",
    help: "Runs that reached a result; each attempt of a run counts once.",
    labels: [...pipelineLabels, "default_branch", "result"],
  },
  runDuration: {
    name: "cicd_pipeline_run_duration_seconds",
    type: "histogram",
    help: "Time a run worked, from its start to its result; skipped and never started runs are not observed.",
    labels: [...pipelineLabels, "default_branch", "result"],
    buckets: durationBuckets,
  },
  runQueue: {
    name: "cicd_pipeline_run_queue_seconds",
    type: "histogram",
    help: "Time a run waited from being queued to its start (or to its cancellation).",
    labels: pipelineLabels,
    buckets: durationBuckets,
  },
  restarts: {
    name: "cicd_pipeline_run_restarts_total",
    type: "counter",
    help: "Further attempts of runs that had already reached a result.",
    labels: pipelineLabels,
  },
  recovered: {
    name: "cicd_pipeline_runs_recovered_total",
    type: "counter",
    help: "Runs that failed and then succeeded in a later attempt: flakiness.",
    labels: pipelineLabels,
  },
  jobs: {
    name: "cicd_job_runs_total",
    type: "counter",
    help: "Jobs that reached a result; each attempt of a job counts once.",
    labels: [...jobLabels, "result"],
  },
  jobDuration: {
    name: "cicd_job_duration_seconds",
    type: "histogram",
    help: "Time a job worked, from its start to its result; skipped and never started jobs are not observed.",
    labels: [...jobLabels, "result"],
    buckets: durationBuckets,
  },
  jobQueue: {
    name: "cicd_job_queue_seconds",
    type: "histogram",
    help: "Time a job waited from being ready to run to its start.",
    labels: jobLabels,
    buckets: durationBuckets,
  },
  jobRetries: {
    name: "cicd_job_retries_total",
    type: "counter",
    help: "Further attempts of jobs inside one run, automatic and by hand.",
    labels: jobLabels,
  },
  overflow: {
    name: "pipegauge_series_overflow_total",
    type: "counter",
    help: "Increments that were folded into a series labelled __other__ because their metric was full.",
    labels: ["metric"],
  },
  projectOverflow: {
    name: "pipegauge_project_series_overflow_total",
    type: "counter",
    help: "Increments that were folded into a series with pipeline __other__ because their project held its share of the metric.",
    labels: ["metric", "provider", "project"],
  },
  runCounter: {
    name: "<name>_pipeline_run_total",
    type: "counter",
    help: "The total number of <name> pipeline runs.",
    labels: ["name", "result"],
    dynamic: true,
  },
  templateUses: {
    name: "ci_<name>_total",
    type: "counter",
    help: "The number of <name> used",
    labels: ["name", "project", "status"],
    dynamic: true,
  },
  templateDuration: {
    name: "ci_<name>_duration",
    type: "histogram",
    help: "The duration of the <name> usage",
    labels: ["name", "status"],
    buckets: templateBuckets,
    dynamic: true,
  },
  templateJobs: {
    name: "ci_total_jobs_usage",
    type: "counter",
    help: "How many times the jobs were used",
    labels: ["status"],
    dynamic: true,
  },
} as const satisfies Record<string, RollupMetric>;

export type RollupKey = keyof typeof rollupMetrics;

/** Label values hold no control characters, so joining with one keeps any two label sets apart. */
const separator = "\u0001";

/** Label values in the order of the metric's `labels`, joined. One string, because the hot path looks up dozens a run. */
export type Labels = string;

export function joinLabels(...parts: readonly Labels[]): Labels {
  return parts.join(separator);
}

export function splitLabels(labels: Labels): string[] {
  return labels.split(separator);
}

/** One series of a stored metric. */
export interface Series {
  readonly metric: RollupKey;
  readonly labels: Labels;
}

export function seriesKey({ metric, labels }: Series): string {
  return metric + separator + labels;
}

/** What links a total to the latest run that moved it; OpenMetrics shows it as an exemplar. */
export interface Exemplar {
  readonly run: string;
  readonly url: string | null;
  readonly at: Millis;
}

/** An addition to one series: an event (`count` 1), with `seconds` for a histogram. */
export interface Increment extends Series {
  readonly count: number;
  readonly seconds?: number;
  readonly exemplar?: Exemplar | undefined;
}

export const labelMax = 128;

/** A label value of at most 128 characters; a longer one keeps its beginning and gets a hash, so two stay two. */
export function label(value: string | null | undefined, max: number = labelMax): string {
  if (value === null || value === undefined || value.length <= max) return value ?? "";
  const hash = createHash("sha256").update(value).digest("hex").slice(0, 12);
  return `${value.slice(0, max - 13).toWellFormed()}~${hash}`;
}

/** The index of the bucket that `seconds` falls into; the last one is `+Inf`. */
export function bucketOf(seconds: number, bounds: readonly number[]): number {
  const index = bounds.findIndex((bound) => seconds <= bound);
  return index < 0 ? bounds.length : index;
}

/** A pipeline (labels with `default_branch`) or a job that was seen: some of its counters must exist from now on. */
export interface Seen {
  readonly what: "pipeline" | "job";
  readonly labels: Labels;
}

/**
 * The counters that stand at 0 before anything happened, so that `increase()` sees the first event: every result of a
 * pipeline; of a job, because jobs are many, only the results that alerts look at.
 */
export function initialSeries({ what, labels }: Seen): Series[] {
  if (what === "job") {
    const watched: readonly Result[] = ["success", "failure"];
    return [
      { metric: "jobRetries", labels },
      ...watched.map((result): Series => ({ metric: "jobs", labels: joinLabels(labels, result) })),
    ];
  }
  const pipeline = labels.slice(0, labels.lastIndexOf(separator));
  return [
    { metric: "restarts", labels: pipeline },
    { metric: "recovered", labels: pipeline },
    ...results.map((result): Series => ({ metric: "runs", labels: joinLabels(labels, result) })),
  ];
}
