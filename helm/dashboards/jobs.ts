import {
  duration,
  failures,
  flakeRate,
  flaky,
  jobScope,
  jobs,
  queue,
  range,
  retries,
  scope,
  seconds,
  step,
} from "./jobs-queries.ts";
import { jobTables } from "./jobs-tables.ts";
import { dashboard, ownLink } from "./layout.ts";
import { graph, heat, resultColors, stat } from "./panels.ts";
import { failed, grown, linked, now, over, quantile } from "./promql.ts";
import { baseUrl, dataSourceVariable, pipeline, project, prometheus, provider, taskType } from "./variables.ts";

const figures = [
  stat({
    title: "Jobs",
    description: "Jobs that reached a result in the time range, and those among them that failed.",
    unit: "short",
    queries: [now(grown(jobs, jobScope, range), "all"), now(grown(jobs, `${jobScope}, ${failed}`, range), "failed")],
    width: 5,
    decimals: 0,
  }),
  stat({
    title: "Duration",
    description: "Time that jobs worked, whatever their result.",
    unit: "s",
    queries: [0.5, 0.9].map((q) => now(quantile(q, duration, jobScope, range), `p${q * 100}`)),
    width: 5,
  }),
  stat({
    title: "Queue time",
    description: "Time that jobs waited for a runner.",
    unit: "s",
    queries: [0.5, 0.9].map((q) => now(quantile(q, queue, jobScope, range), `p${q * 100}`)),
    width: 5,
  }),
  stat({
    title: "Retries",
    description: "Further attempts of jobs inside one run, automatic and by hand.",
    unit: "short",
    queries: [now(grown(retries, jobScope, range))],
    width: 4,
    decimals: 0,
  }),
  stat({
    title: "Flake rate",
    description:
      "Share of failed attempts whose run then succeeded without a change. Only GitLab and GitHub report it.",
    unit: "percentunit",
    queries: [now(flakeRate(""))],
    thresholds: flaky,
    width: 5,
  }),
];

const graphs = [
  graph({
    title: "Jobs by result",
    description: "Jobs that reached a result, by interval. A mark is the run of a job.",
    unit: "short",
    queries: [linked(grown(jobs, jobScope, step, "result"), "{{result}}")],
    overrides: resultColors,
    bars: true,
    interval: "5m",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Retries by project",
    description: "Further attempts of jobs inside one run, by interval; the ten projects with the most.",
    unit: "short",
    queries: [over(`topk(10, ${grown(retries, jobScope, step, "project")} > 0)`, "{{project}}")],
    bars: true,
    interval: "15m",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Failed jobs by what went wrong",
    description: "Jobs that failed, by interval and class: tests, scripts, lost runners, time, memory and so on.",
    unit: "short",
    queries: [linked(grown(failures, jobScope, step, "class"), "{{class}}")],
    bars: true,
    interval: "15m",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Work of jobs by cause",
    description:
      "Time that jobs worked, by interval and by what was known of its cause when they ended. Of all task types: the seconds have none.",
    unit: "s",
    queries: [over(grown(seconds, scope, step, "cause"), "{{cause}}")],
    bars: true,
    interval: "15m",
    width: 12,
  }),
  graph({
    title: "Duration of jobs by task type",
    description: "90th percentile of the time that jobs worked. Jobs without a task type have an empty name.",
    unit: "s",
    queries: [linked(quantile(0.9, duration, jobScope, step, "task_type"), "p90 {{task_type}}")],
    interval: "15m",
    width: 12,
  }),
  graph({
    title: "Queue time of jobs by provider",
    description: "90th percentile of the time that jobs waited for a runner.",
    unit: "s",
    queries: [linked(quantile(0.9, queue, jobScope, step, "provider"), "p90 {{provider}}")],
    interval: "15m",
    width: 12,
  }),
  heat({
    title: "Distribution of durations",
    description: "How many jobs took how long.",
    unit: "s",
    queries: [over(grown(`${duration}_bucket`, jobScope, step, "le"), "{{le}}", { format: "heatmap" })],
    interval: "15m",
    width: 12,
  }),
  heat({
    title: "Distribution of queue times",
    description: "How many jobs waited how long.",
    unit: "s",
    queries: [over(grown(`${queue}_bucket`, jobScope, step, "le"), "{{le}}", { format: "heatmap" })],
    interval: "15m",
    width: 12,
  }),
];

/** Which job to mend first. */
export const jobsAndFlakiness = dashboard({
  uid: "pipegauge-jobs",
  title: "Pipegauge: jobs and flakiness",
  description: "Which jobs are slow, wait long, fail or are retried, and which pipelines fail for no reason?",
  tags: ["ci"],
  from: "now-7d",
  variables: [dataSourceVariable(prometheus, "Data source"), provider, project, pipeline, taskType, baseUrl],
  links: [ownLink("Page", "/ui/jobs", "Every job with its failures, durations and waits")],
  sections: [
    { title: "In the time range", panels: figures },
    { title: "Over time", panels: graphs },
    { title: "Jobs and pipelines", panels: jobTables },
  ],
});
