import { dashboard } from "./layout.ts";
import { gauges, graph, stat, worse } from "./panels.ts";
import { now, once, over, rows } from "./promql.ts";
import { table } from "./table.ts";
import { baseUrl, dataSourceVariable, prometheus, promVariable } from "./variables.ts";

/** The older template counter's names: a metric for each framework and step. */
const uses = "ci_${Framework}_${Step}_total";
const duration = "ci_${Framework}_${Step}_duration";
const scope = 'project=~"$Projects"';
const step = "$__rate_interval";

function total(filter: string, by = ""): string {
  return `sum${by} (${once(`${uses}{${filter}}`)})`;
}

const allTime = "Since counting began: these totals outlive restarts, and do not follow the time range.";

const figures = [
  stat({
    title: "Uses",
    description: `How often the template was used. ${allTime}`,
    unit: "short",
    queries: [now(total(scope))],
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Passed",
    description: `Uses whose job succeeded. ${allTime}`,
    unit: "short",
    queries: [now(total(`${scope}, status="success"`))],
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Failed",
    description: `Uses whose job failed. ${allTime}`,
    unit: "short",
    queries: [now(total(`${scope}, status="failed"`))],
    thresholds: worse(["orange", 1]),
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Projects",
    description: `Projects that used the template. ${allTime}`,
    unit: "short",
    queries: [now(`count(count by (project) (${uses}{${scope}}))`)],
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Mean duration",
    description: `Mean time that a use took, in all projects: the histogram does not tell them apart. ${allTime}`,
    unit: "s",
    queries: [now(`sum(${once(`${duration}_sum`)}) / (sum(${once(`${duration}_count`)}) > 0)`)],
    width: 4,
  }),
  stat({
    title: "All templates",
    description: `How often any template was used, by status. ${allTime}`,
    unit: "short",
    queries: [now(`sum by (status) (${once("ci_total_jobs_usage")})`, "{{status}}")],
    decimals: 0,
    width: 4,
  }),
];

/** The bounds of the histogram in minutes, and a pattern that finds them in either exposition format. */
const bounds = [1, 2, 5, 10, 15, 20].map((minutes) => ({ minutes, le: `le=~"${minutes * 60}([.]0)?"` }));

function below(le: string, status: string): string {
  return `sum(${once(`${duration}_bucket{status="${status}", ${le}}`)})`;
}

/** One query a bucket, because the older dashboard showed the uses between two bounds. */
function distribution(status: string) {
  const between = bounds.map(({ minutes, le }, i) => {
    const previous = bounds[i - 1];
    const expr = previous === undefined ? below(le, status) : `${below(le, status)} - ${below(previous.le, status)}`;
    return now(expr, `up to ${minutes} min`);
  });
  const last = bounds.at(-1)?.le ?? "";
  return [...between, now(`${below('le="+Inf"', status)} - ${below(last, status)}`, "longer")];
}

const panels = [
  gauges({
    title: "Durations of uses that passed",
    description: `How many uses with the status success took how long. ${allTime}`,
    unit: "short",
    queries: distribution("success"),
    decimals: 0,
    min: 0,
    width: 12,
  }),
  gauges({
    title: "Durations of uses that failed",
    description: `How many uses with the status failed took how long. ${allTime}`,
    unit: "short",
    queries: distribution("failed"),
    decimals: 0,
    min: 0,
    width: 12,
  }),
  table({
    title: "Usage per project",
    description: `How often each project used the template, by status. ${allTime}`,
    queries: [rows(total(scope, " by (project, status)"))],
    columns: [{ name: "Uses", unit: "short" }],
    labels: ["project", "status"],
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Uses",
    description: "Uses by status and interval. The first use of a project does not show here, but in the totals.",
    unit: "short",
    queries: [over(`sum by (status) (${once(`increase(${uses}{${scope}}[${step}])`)})`, "{{status}}")],
    bars: true,
    interval: "15m",
    decimals: 0,
    height: 9,
    width: 12,
  }),
];

const named = 'label_replace({__name__=~".+_pipeline_run_total"}, "name", "$1", "__name__", "(.+)_pipeline_run_total")';

const runCounters = [
  table({
    title: "Run counters",
    description: `Runs by name and status, as the older run counter's senders report them to POST /metrics. ${allTime}`,
    queries: [rows(`sum by (name, status) (${once(named)})`)],
    columns: [{ name: "Runs", unit: "short" }],
    labels: ["name", "status"],
    decimals: 0,
    width: 24,
  }),
];

/** The questions of the older template dashboard, answered from the same names. */
export const templateUsage = dashboard({
  uid: "pipegauge-templates",
  title: "Pipegauge: template usage",
  description: "Which CI templates are used, by which projects, how long they take, and how often they fail.",
  tags: ["legacy"],
  from: "now-7d",
  variables: [
    dataSourceVariable(prometheus, "Data source"),
    promVariable({
      name: "Framework",
      label: "Framework",
      query: "metrics(^ci_[^_]+_[^_]+_total$)",
      regex: "/^ci_([^_]+)_[^_]+_total$/",
      single: true,
    }),
    promVariable({
      name: "Step",
      label: "Step",
      query: "metrics(^ci_${Framework}_[^_]+_total$)",
      regex: "/^ci_[^_]+_([^_]+)_total$/",
      single: true,
    }),
    promVariable({
      name: "Projects",
      label: "Projects",
      query: "label_values(ci_${Framework}_${Step}_total, project)",
    }),
    baseUrl,
  ],
  sections: [
    { title: "Totals", panels: figures },
    { title: "Durations and projects", panels },
    { title: "Older run counter", panels: runCounters },
  ],
});
