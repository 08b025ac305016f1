/** Upper bounds in seconds, 1 s to 24 h; what is longer falls into `+Inf`. */
export const durationBuckets = [
  1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400,
] as const;

/** A stored total is one row per series; a histogram's row holds this many buckets, `+Inf` included. */
export const bucketCount = durationBuckets.length + 1;

const pipelineLabels = ["provider", "project", "pipeline"] as const;
const jobLabels = [...pipelineLabels, "stage", "job_name", "task_type"] as const;

/** A metric whose totals live in the database. */
export interface StoredMetric {
  readonly name: string;
  readonly type: "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** A metric of an older tool: `<name>` is a name from the sender, or it has no usual suffix. See src/metrics/legacy.ts. */
  readonly dynamic?: true;
}

/** Upper bounds in seconds of the histograms that the template counter makes. */
const templateBuckets = [60, 120, 300, 600, 900, 1200] as const;

/** Every stored metric, by the key under which `rollups` holds it. Names: docs/metrics.md. */
export const storedMetrics = {
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
} as const satisfies Record<string, StoredMetric>;

export type MetricKey = keyof typeof storedMetrics;
