import {
  duration,
  flakeRate,
  flaky,
  job,
  jobScope,
  jobs,
  perPipeline,
  queue,
  range,
  recovered,
  retries,
  scope,
} from "./jobs-queries.ts";
import { toPipeline, toProject } from "./links.ts";
import { failed, grown, judged, quantile, ratio, rows } from "./promql.ts";
import { table } from "./table.ts";

/** The twenty rows with the greatest first column, and what else is known of the same rows. */
function top(first: string, labels: string, ...others: readonly string[]) {
  const most = `topk(20, ${first} > 0)`;
  return [rows(most), ...others.map((expr) => rows(`(${expr}) and on (${labels}) ${most}`))];
}

const judgedJobs = grown(jobs, `${jobScope}, ${judged}`, range, job);
const labels = ["provider", "project", "pipeline", "job_name"];
const labelLinks = { pipeline: toPipeline, project: toProject };

/** Jobs and pipelines to look at first. */
export const jobTables = [
  table({
    title: "Slowest jobs",
    description: "The twenty jobs with the longest durations, and how long they wait.",
    queries: top(quantile(0.9, duration, jobScope, range, job), job, quantile(0.5, duration, jobScope, range, job)),
    columns: [
      { name: "p90", unit: "s" },
      { name: "p50", unit: "s" },
    ],
    labels,
    labelLinks,
    width: 12,
  }),
  table({
    title: "Jobs that wait longest",
    description: "The twenty jobs that wait longest for a runner.",
    queries: top(quantile(0.9, queue, jobScope, range, job), job, quantile(0.5, queue, jobScope, range, job)),
    columns: [
      { name: "p90", unit: "s" },
      { name: "p50", unit: "s" },
    ],
    labels,
    labelLinks,
    width: 12,
  }),
  table({
    title: "Jobs that are retried most",
    description: "The twenty jobs with the most further attempts inside one run.",
    queries: top(grown(retries, jobScope, range, job), job, judgedJobs),
    columns: [
      { name: "Retries", unit: "short" },
      { name: "Runs", unit: "short" },
    ],
    labels,
    labelLinks,
    decimals: 0,
    width: 12,
  }),
  table({
    title: "Jobs that fail most",
    description: "The twenty jobs with the most failures, jobs that may fail included.",
    queries: top(
      grown(jobs, `${jobScope}, ${failed}`, range, job),
      job,
      ratio(grown(jobs, `${jobScope}, ${failed}`, range, job), judgedJobs),
    ),
    columns: [
      { name: "Failures", unit: "short" },
      { name: "Failed", unit: "percentunit", thresholds: flaky },
    ],
    labels,
    labelLinks,
    decimals: 0,
    width: 12,
  }),
  table({
    title: "Flaky pipelines",
    description:
      "The twenty pipelines with the most runs that failed and then succeeded without a change, and their share of all failures. Only GitLab and GitHub report it.",
    queries: top(
      grown(recovered, scope, range, perPipeline),
      perPipeline,
      flakeRate(perPipeline),
      grown("cicd_pipeline_run_restarts_total", scope, range, perPipeline),
    ),
    columns: [
      { name: "Recovered", unit: "short" },
      { name: "Flake rate", unit: "percentunit", thresholds: flaky },
      { name: "Restarts", unit: "short" },
    ],
    labels: ["provider", "project", "pipeline"],
    labelLinks,
    width: 24,
  }),
];
