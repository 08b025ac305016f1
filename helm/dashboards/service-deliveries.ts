import { toDeliveries } from "./links.ts";
import { coloured, graph, worse } from "./panels.ts";
import { over, rows } from "./promql.ts";
import { deadLetters, deliveries, ended, range, scope, silence, step } from "./service-queries.ts";
import { table } from "./table.ts";

const outcomeColors = coloured({
  accepted: "green",
  duplicate: "blue",
  ignored: "text",
  dead_letter: "orange",
  unauthorized: "red",
  too_large: "purple",
  unsupported: "purple",
  unavailable: "dark-red",
});

/** Do the webhooks arrive? */
export const deliveryPanels = [
  graph({
    title: "Deliveries by outcome",
    description: "What became of the requests of senders, a second.",
    unit: "reqps",
    queries: [over(`sum by (outcome) (rate(${deliveries}[${step}]))`, "{{outcome}}")],
    overrides: outcomeColors,
    stacked: true,
    width: 8,
  }),
  graph({
    title: "Deliveries by source",
    description: "Requests of each sender, a second.",
    unit: "reqps",
    queries: [over(`sum by (source) (rate(${deliveries}[${step}]))`, "{{source}}")],
    stacked: true,
    width: 8,
  }),
  graph({
    title: "Silence of sources",
    description:
      "Time since each source last delivered. A line that rises for days is a webhook that was switched off.",
    unit: "s",
    queries: [over(silence, "{{source}}")],
    thresholds: worse(["red", 172_800]),
    width: 8,
  }),
  table({
    title: "Sources",
    description: "Time since the latest delivery, and what was not understood, of each source.",
    queries: [
      rows(silence),
      rows(deadLetters),
      rows(`sum by (source) (increase(${ended("unauthorized|unavailable")}[${range}]))`),
    ],
    columns: [
      { name: "Silent for", unit: "s", thresholds: worse(["orange", 86_400], ["red", 172_800]) },
      { name: "Dead letters", unit: "short", thresholds: worse(["orange", 1]) },
      { name: "Refused", unit: "short", thresholds: worse(["orange", 1]) },
    ],
    labels: ["source"],
    labelLinks: { source: toDeliveries },
    height: 8,
    width: 8,
  }),
  graph({
    title: "Dead letters",
    description: "Stored deliveries that were genuine but not understood, by source.",
    unit: "short",
    queries: [over(deadLetters, "{{source}}")],
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Responses by status",
    description: "Everything that was answered over HTTP, scrapes and probes included, a second.",
    unit: "reqps",
    queries: [over(`sum by (status) (rate(server_requests_total{${scope}}[${step}]))`, "{{status}}")],
    stacked: true,
    width: 8,
  }),
];
