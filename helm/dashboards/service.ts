import { dashboard, ownLink } from "./layout.ts";
import { stat, worse } from "./panels.ts";
import { now } from "./promql.ts";
import { deliveryPanels } from "./service-deliveries.ts";
import { ledgerPanels, processPanels } from "./service-inside.ts";
import { acknowledged, deadLetters, deliveries, ended, range, scope } from "./service-queries.ts";
import { baseUrl, dataSourceVariable, prometheus, promVariable } from "./variables.ts";

const figures = [
  stat({
    title: "Database",
    description:
      "Whether the run data of the latest scrape could be read from the database. The lowest of all replicas.",
    unit: "bool_yes_no",
    queries: [now("min(pipegauge_collector_success)")],
    thresholds: [
      { color: "red", value: null },
      { color: "green", value: 1 },
    ],
    noValue: "not scraped",
    width: 3,
  }),
  stat({
    title: "Processes",
    description: "Processes that are scraped, by version.",
    unit: "short",
    queries: [now(`sum by (version) (pipegauge_build_info{${scope}})`, "{{version}}")],
    noValue: "none",
    width: 3,
  }),
  stat({
    title: "Deliveries",
    description: "Requests received from senders in the time range, and those of them that brought something new.",
    unit: "short",
    queries: [
      now(`sum(increase(${deliveries}[${range}]))`, "all"),
      now(`sum(increase(${ended("accepted")}[${range}]))`, "accepted"),
    ],
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Refused",
    description:
      "Deliveries without the right secret, and deliveries that the server could not take in time. GitLab switches off a webhook that fails again and again.",
    unit: "short",
    queries: [
      now(`sum(increase(${ended("unauthorized")}[${range}]))`, "unauthorized"),
      now(`sum(increase(${ended("unavailable")}[${range}]))`, "unavailable"),
    ],
    thresholds: worse(["orange", 1], ["red", 10]),
    decimals: 0,
    width: 4,
  }),
  stat({
    title: "Dead letters",
    description: "Stored deliveries that were genuine but not understood. `pipegauge replay --dead` tries them again.",
    unit: "short",
    queries: [now(`sum(${deadLetters})`)],
    thresholds: worse(["orange", 1]),
    decimals: 0,
    width: 3,
  }),
  stat({
    title: "Acknowledgement p99",
    description:
      "Ninety-nine in a hundred deliveries were answered within this time. GitLab and GitHub hang up after 10 s.",
    unit: "s",
    queries: [now(acknowledged(0.99, range))],
    thresholds: worse(["orange", 1], ["red", 5]),
    width: 4,
  }),
  stat({
    title: "Fullest metric",
    description:
      "The part of its room that the fullest metric has taken. At PIPEGAUGE_MAX_SERIES new names fold into __other__.",
    unit: "percentunit",
    queries: [now("max(pipegauge_rollup_series) / max(pipegauge_rollup_series_limit)")],
    thresholds: worse(["orange", 0.8], ["red", 1]),
    decimals: 0,
    width: 3,
  }),
];

const variables = [
  dataSourceVariable(prometheus, "Data source"),
  promVariable({ name: "job", label: "Job", query: "label_values(pipegauge_build_info, job)" }),
  promVariable({
    name: "instance",
    label: "Instance",
    query: 'label_values(pipegauge_build_info{job=~"$job"}, instance)',
  }),
  promVariable({
    name: "source",
    label: "Source",
    query: 'label_values(pipegauge_deliveries_total{job=~"$job", instance=~"$instance"}, source)',
  }),
  baseUrl,
];

/** Is it well, and do the webhooks arrive? */
export const serviceHealth = dashboard({
  uid: "pipegauge-service",
  title: "Pipegauge: service health",
  description: "Do the webhooks arrive, are they understood and stored in time, and is the service well?",
  tags: ["service"],
  from: "now-6h",
  variables,
  links: [
    ownLink("Recent deliveries", "/ui/deliveries", "What arrived and what became of it"),
    ownLink("Sources", "/ui/sources", "What each source delivered, and what was refused"),
  ],
  sections: [
    { title: "Now", panels: figures },
    { title: "Deliveries", panels: deliveryPanels },
    { title: "Ledger and database", panels: ledgerPanels },
    { title: "Processes", panels: processPanels },
  ],
});
