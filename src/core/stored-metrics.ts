/** Upper bounds in seconds, 1 s to 24 h; what is longer falls into `+Inf`. */
export const durationBuckets = [
  1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400,
] as const;

/** A stored total is one row per series; a histogram's row holds this many buckets, `+Inf` included. */
export const bucketCount = durationBuckets.length + 1;

const pipelineLabels = ["provider", "project", "pipeline"] as const;
const jobLabels = [...pipelineLabels, "stage", "job_name", "task_type"] as const;

/** Facts that leave a stored row each, by which `rebuild` can compute totals again. */
export type Proof = "runCompletion" | "jobCompletion" | "jobSeconds" | "breaks" | "redTime" | "tally";

/** A metric whose totals live in the database. */
export interface StoredMetric {
  readonly name: string;
  readonly type: "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** The stored facts that account for each increment. Left out: none does, and `rebuild` does not check the metric. */
  readonly provenBy?: Proof;
  /** The time of these completions that a histogram observes. Its labels are the first ones of the counter of completions. */
  readonly observes?: "duration" | "queue";
  /** The stored count is of milliseconds, and shown in seconds. Left out: it is of events. */
  readonly unit?: "millis";
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
    provenBy: "runCompletion",
  },
  runDuration: {
    name: "cicd_pipeline_run_duration_seconds",
    type: "histogram",
    help: "Time a run worked, from its start to its result; skipped and never started runs are not observed.",
    labels: [...pipelineLabels, "default_branch", "result"],
    buckets: durationBuckets,
    provenBy: "runCompletion",
    observes: "duration",
  },
  runQueue: {
    name: "cicd_pipeline_run_queue_seconds",
    type: "histogram",
    help: "Time a run waited from being queued to its start (or to its cancellation).",
    labels: pipelineLabels,
    buckets: durationBuckets,
    provenBy: "runCompletion",
    observes: "queue",
  },
  restarts: {
    name: "cicd_pipeline_run_restarts_total",
    type: "counter",
    help: "Further attempts of runs that had already reached a result.",
    labels: pipelineLabels,
    provenBy: "tally",
  },
  recovered: {
    name: "cicd_pipeline_runs_recovered_total",
    type: "counter",
    help: "Runs that failed and then succeeded in a later attempt: flakiness.",
    labels: pipelineLabels,
    provenBy: "tally",
  },
  jobs: {
    name: "cicd_job_runs_total",
    type: "counter",
    help: "Jobs that reached a result; each attempt of a job counts once.",
    labels: [...jobLabels, "result"],
    provenBy: "jobCompletion",
  },
  jobDuration: {
    name: "cicd_job_duration_seconds",
    type: "histogram",
    help: "Time a job worked, from its start to its result; skipped and never started jobs are not observed.",
    labels: [...jobLabels, "result"],
    buckets: durationBuckets,
    provenBy: "jobCompletion",
    observes: "duration",
  },
  jobQueue: {
    name: "cicd_job_queue_seconds",
    type: "histogram",
    help: "Time a job waited from being ready to run to its start.",
    labels: jobLabels,
    buckets: durationBuckets,
    provenBy: "jobCompletion",
    observes: "queue",
  },
  jobRetries: {
    name: "cicd_job_retries_total",
    type: "counter",
    help: "Further attempts of jobs inside one run, automatic and by hand.",
    labels: jobLabels,
    provenBy: "tally",
  },
  jobFailures: {
    name: "cicd_job_failures_total",
    type: "counter",
    help: "Jobs that failed (failure, error or timeout), by what went wrong; each attempt of a job counts once.",
    labels: [...jobLabels, "class"],
    provenBy: "tally",
  },
  jobSeconds: {
    name: "cicd_job_seconds_total",
    type: "counter",
    help: "Time that jobs worked, by the kind of runner and by what is known of its cause when the job ends.",
    labels: [...pipelineLabels, "runner_class", "cause"],
    provenBy: "jobSeconds",
    unit: "millis",
  },
  jobFlakes: {
    name: "cicd_job_flakes_total",
    type: "counter",
    help: "Failed tries of jobs that passed in a later try of the same run.",
    labels: jobLabels,
    provenBy: "tally",
  },
  jobFlakeSeconds: {
    name: "cicd_job_flake_seconds_total",
    type: "counter",
    help: "Time that such failed tries worked, by the kind of runner: a part of cicd_job_seconds_total.",
    labels: [...pipelineLabels, "runner_class"],
    provenBy: "tally",
    unit: "millis",
  },
  defaultBranchBreaks: {
    name: "cicd_default_branch_breaks_total",
    type: "counter",
    help: "Changes of the default branch from green to red: an attempt of a run failed after one that passed.",
    labels: pipelineLabels,
    provenBy: "breaks",
  },
  defaultBranchRedSeconds: {
    name: "cicd_default_branch_red_seconds_total",
    type: "counter",
    help: "Time that the default branch was red, added 15 to 30 minutes after it became green again.",
    labels: pipelineLabels,
    provenBy: "redTime",
    unit: "millis",
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

export const metricKeys = Object.keys(storedMetrics) as readonly MetricKey[];

/** What `rebuild` checks. */
export const provenMetrics: readonly MetricKey[] = metricKeys.filter((metric) => {
  const { provenBy }: StoredMetric = storedMetrics[metric];
  return provenBy !== undefined;
});
