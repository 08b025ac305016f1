import { dashboard, ownLink } from "./layout.ts";
import { toRunsOfResult } from "./links.ts";
import { duration, jobQueue, jobScope, range, runQueue, runs, scope, step } from "./overview-queries.ts";
import { pipelineTables } from "./overview-tables.ts";
import { better, coloured, graph, resultColors, stat } from "./panels.ts";
import { failed, grown, linked, now, once, over, quantile, succeeded, successRatio } from "./promql.ts";
import { baseUrl, children, dataSourceVariable, project, prometheus, provider } from "./variables.ts";

const figures = [
  stat({
    title: "Success ratio",
    description:
      "Share of runs that succeeded among those that succeeded or failed in the time range, whatever their branch. Cancelled and skipped runs are left out.",
    unit: "percentunit",
    queries: [now(successRatio(runs, scope, range))],
    thresholds: better(0.7, 0.9),
    width: 3,
    max: 1,
    min: 0,
  }),
  stat({
    title: "Runs",
    description: "Runs that reached a result in the time range. Each attempt of a run counts once.",
    unit: "short",
    queries: [now(grown(runs, scope, range))],
    width: 3,
    decimals: 0,
  }),
  stat({
    title: "Failures",
    description: "Runs that failed, ran out of time, or that the CI system could not carry out.",
    unit: "short",
    queries: [now(grown(runs, `${scope}, ${failed}`, range))],
    width: 3,
    decimals: 0,
  }),
  stat({
    title: "Duration",
    description: "How long successful runs worked: half of them were faster than p50, nine in ten faster than p90.",
    unit: "s",
    queries: [0.5, 0.9].map((q) => now(quantile(q, duration, `${scope}, ${succeeded}`, range), `p${q * 100}`)),
    width: 4,
  }),
  stat({
    title: "Queue time",
    description:
      "How long nine in ten runs, and nine in ten jobs, waited at most before they started. GitHub sends it for jobs only, Jenkins for runs only.",
    unit: "s",
    queries: [
      now(quantile(0.9, runQueue, scope, range), "runs"),
      now(quantile(0.9, jobQueue, jobScope, range), "jobs"),
    ],
    width: 4,
  }),
  stat({
    title: "Active runs",
    description: "Runs without a result at this moment.",
    unit: "short",
    queries: [now(`sum by (state) (${once(`cicd_pipeline_run_active{${scope}}`)})`, "{{state}}")],
    width: 3,
  }),
  stat({
    title: "Restarts",
    description: "Further attempts of runs that had a result already, and how many of them turned a failure green.",
    unit: "short",
    queries: [
      now(grown("cicd_pipeline_run_restarts_total", scope, range), "restarts"),
      now(grown("cicd_pipeline_runs_recovered_total", scope, range), "recovered"),
    ],
    width: 4,
    decimals: 0,
  }),
];

const graphs = [
  graph({
    title: "Runs by result",
    description:
      "Runs that reached a result, by interval. A mark is a run: click on it to open it where the data source links exemplars (docs/grafana.md).",
    unit: "short",
    queries: [linked(grown(runs, scope, step, "result"), "{{result}}")],
    overrides: resultColors,
    links: toRunsOfResult,
    bars: true,
    interval: "5m",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Success ratio by provider",
    description: "Share of runs that succeeded among those that succeeded or failed. No line where nothing ran.",
    unit: "percentunit",
    queries: [over(successRatio(runs, scope, step, "provider"), "{{provider}}")],
    interval: "30m",
    min: 0,
    max: 1,
    width: 12,
  }),
  graph({
    title: "Duration of successful runs",
    description: "Median and 90th percentile of the time that successful runs worked.",
    unit: "s",
    queries: [0.5, 0.9].map((q) => linked(quantile(q, duration, `${scope}, ${succeeded}`, step), `p${q * 100}`)),
    interval: "15m",
    width: 12,
  }),
  graph({
    title: "Queue time",
    description: "90th percentile of the time before the start. It rises when there are too few runners.",
    unit: "s",
    queries: [
      linked(quantile(0.9, runQueue, scope, step), "runs p90"),
      linked(quantile(0.9, jobQueue, jobScope, step), "jobs p90"),
    ],
    interval: "15m",
    width: 12,
  }),
  graph({
    title: "Active runs",
    description:
      "Runs that wait for capacity (pending), for a person or a set time (blocked), and runs that work (executing). Of a stale one no delivery came for days.",
    unit: "short",
    queries: [over(`sum by (state) (${once(`cicd_pipeline_run_active{${scope}}`)})`, "{{state}}")],
    overrides: coloured({ pending: "orange", blocked: "purple", executing: "blue", stale: "#8e8e8e" }),
    stacked: true,
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Restarts and recoveries",
    description:
      "Further attempts of runs, and failures that a further attempt turned green without a change: flakiness.",
    unit: "short",
    queries: [
      linked(grown("cicd_pipeline_run_restarts_total", scope, step), "restarts"),
      linked(grown("cicd_pipeline_runs_recovered_total", scope, step), "recovered"),
    ],
    interval: "15m",
    bars: true,
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Red default branches",
    description:
      "Pipelines whose latest run on the default branch that passed or failed has failed. GET /api/v1/insights/red-main names the first run that failed.",
    unit: "short",
    queries: [
      over(
        `count(max by (provider, project, pipeline) (cicd_default_branch_red_since_timestamp_seconds{${scope}})) or vector(0)`,
        "red",
      ),
    ],
    decimals: 0,
    width: 24,
  }),
];

/** From the exporters that come with Pipegauge: docs/exporters.md. */
const waiting = [
  graph({
    title: "Jobs that wait for a worker",
    description:
      "From the exporters gitlab, github and jenkins, where they are scraped: by provider and what they ask for.",
    unit: "short",
    queries: [over(`sum by (provider, tags) (${once(`cicd_queue_jobs{${jobScope}}`)})`, "{{provider}} {{tags}}")],
    stacked: true,
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "The oldest of them",
    description: "How long it has waited. It rises without end where no worker has the tags that it asks for.",
    unit: "s",
    queries: [over(`max by (provider, tags) (cicd_queue_oldest_seconds{${jobScope}})`, "{{provider}} {{tags}}")],
    width: 8,
  }),
  graph({
    title: "Workers",
    description: "Runners of GitLab and GitHub, executors of Jenkins, by state.",
    unit: "short",
    queries: [over(`sum by (state) (${once('cicd_worker_count{provider=~"$provider"}')})`, "{{state}}")],
    overrides: coloured({ available: "green", busy: "blue", offline: "red" }),
    stacked: true,
    decimals: 0,
    width: 8,
  }),
];

/** The first one to open. */
export const overview = dashboard({
  uid: "pipegauge-overview",
  title: "Pipegauge: overview",
  description:
    "How often do pipelines fail, how long do they take, how long do they wait, how often are they started again?",
  tags: ["ci"],
  from: "now-24h",
  variables: [dataSourceVariable(prometheus, "Data source"), provider, project, children, baseUrl],
  links: [
    ownLink("Page", "/ui/", "What is broken, what became worse, and what it costs"),
    ownLink("Failed runs", "/ui/runs?result=failure,error,timeout", "The latest failures"),
  ],
  sections: [
    { title: "In the time range", panels: figures },
    { title: "Over time", panels: graphs },
    { title: "What waits", panels: waiting },
    { title: "Pipelines", panels: pipelineTables },
  ],
});
