import { dashboard, ownLink } from "./layout.ts";
import { toRunsOfResult } from "./links.ts";
import { coloured, graph, heat, resultColors } from "./panels.ts";
import { figures } from "./pipeline-figures.ts";
import { branch, duration, everyBranch, jobs, queue, range, runs, scope, step } from "./pipeline-queries.ts";
import { failed, grown, judged, linked, once, over, quantile, ratio, rows, succeeded, successRatio } from "./promql.ts";
import { table } from "./table.ts";
import { baseUrl, dataSourceVariable, defaultBranch, pipeline, project, prometheus, provider } from "./variables.ts";

const graphs = [
  graph({
    title: "Runs by result",
    description:
      "Runs that reached a result, by interval. A mark is a run: click on it to open it where the data source links exemplars (docs/grafana.md).",
    unit: "short",
    queries: [linked(grown(runs, branch, step, "result"), "{{result}}")],
    overrides: resultColors,
    links: toRunsOfResult,
    bars: true,
    interval: "5m",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Success ratio",
    description: "Share of runs that succeeded, on the default branch and elsewhere. No line where nothing ran.",
    unit: "percentunit",
    queries: [over(successRatio(runs, branch, step, "default_branch"), "default branch: {{default_branch}}")],
    interval: "1h",
    min: 0,
    max: 1,
    width: 12,
  }),
  graph({
    title: "Duration of successful runs",
    description: "Median, 80th and 95th percentile of the time that successful runs worked. A mark is a run.",
    unit: "s",
    queries: [0.5, 0.8, 0.95].map((q) =>
      linked(quantile(q, duration, `${branch}, ${succeeded}`, step), `p${Math.round(q * 100)}`),
    ),
    interval: "15m",
    width: 12,
  }),
  heat({
    title: "Distribution of durations",
    description: "How many runs, whatever their result, took how long.",
    unit: "s",
    queries: [over(grown(`${duration}_bucket`, branch, step, "le"), "{{le}}", { format: "heatmap" })],
    interval: "15m",
    width: 12,
  }),
  graph({
    title: "Queue time",
    description: `Median and 90th percentile of the time before the start. ${everyBranch}`,
    unit: "s",
    queries: [0.5, 0.9].map((q) => linked(quantile(q, queue, scope, step), `p${q * 100}`)),
    interval: "15m",
    width: 8,
  }),
  graph({
    title: "Active runs",
    description: `Runs that wait for capacity (pending), for a person or a set time (blocked), and runs that work (executing). Of a stale one no delivery came for days. ${everyBranch}`,
    unit: "short",
    queries: [over(`sum by (state) (${once(`cicd_pipeline_run_active{${scope}}`)})`, "{{state}}")],
    overrides: coloured({ pending: "orange", blocked: "purple", executing: "blue", stale: "#8e8e8e" }),
    stacked: true,
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Restarts and recoveries",
    description: `Further attempts of runs, and failures that they turned green. ${everyBranch}`,
    unit: "short",
    queries: [
      linked(grown("cicd_pipeline_run_restarts_total", scope, step), "restarts"),
      linked(grown("cicd_pipeline_runs_recovered_total", scope, step), "recovered"),
    ],
    interval: "15m",
    bars: true,
    decimals: 0,
    width: 8,
  }),
];

const job = "stage, job_name, task_type";

const jobTables = [
  table({
    title: "Jobs",
    description: "What the jobs of the pipeline cost and how often they fail. Jenkins sends no jobs.",
    queries: [
      rows(quantile(0.9, "cicd_job_duration_seconds", scope, range, job)),
      rows(quantile(0.9, "cicd_job_queue_seconds", scope, range, job)),
      rows(grown(jobs, `${scope}, ${judged}`, range, job)),
      rows(ratio(grown(jobs, `${scope}, ${failed}`, range, job), grown(jobs, `${scope}, ${judged}`, range, job))),
      rows(grown("cicd_job_retries_total", scope, range, job)),
    ],
    columns: [
      { name: "Duration p90", unit: "s" },
      { name: "Queue p90", unit: "s" },
      { name: "Runs", unit: "short" },
      {
        name: "Failed",
        unit: "percentunit",
        thresholds: [
          { color: "green", value: null },
          { color: "orange", value: 0.1 },
          { color: "red", value: 0.3 },
        ],
      },
      { name: "Retries", unit: "short" },
    ],
    labels: ["stage", "job_name", "task_type"],
    width: 24,
  }),
];

/** One pipeline, or the few that are chosen. */
export const pipelineDetail = dashboard({
  uid: "pipegauge-pipeline",
  title: "Pipegauge: pipeline detail",
  description: "One pipeline: its results, durations, queue times, restarts and jobs.",
  tags: ["ci"],
  from: "now-7d",
  variables: [dataSourceVariable(prometheus, "Data source"), provider, project, pipeline, defaultBranch, baseUrl],
  links: [
    ownLink(
      "Its runs",
      "/ui/pipelines/one?project=${project:percentencode}&pipeline=${pipeline:percentencode}",
      "Its runs, its jobs and what they wait for; choose one project and one pipeline",
    ),
  ],
  sections: [
    { title: "In the time range", panels: figures },
    { title: "Over time", panels: graphs },
    { title: "Jobs", panels: jobTables },
  ],
});
