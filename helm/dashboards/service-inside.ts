import { graph, heat, worse } from "./panels.ts";
import { once, over } from "./promql.ts";
import { acknowledged, scope, step } from "./service-queries.ts";

/** Are they stored in time? */
export const ledgerPanels = [
  graph({
    title: "Acknowledgement",
    description: "Time from the arrival of a delivery to its answer, which comes after the commit.",
    unit: "s",
    queries: [0.5, 0.9, 0.99].map((q) => over(acknowledged(q, step), `p${q * 100}`)),
    thresholds: worse(["red", 5]),
    width: 8,
  }),
  heat({
    title: "Distribution of acknowledgements",
    description: "How many deliveries were answered within which time.",
    unit: "s",
    queries: [
      over(`sum by (le) (increase(pipegauge_delivery_seconds_bucket{${scope}}[${step}]))`, "{{le}}", {
        format: "heatmap",
      }),
    ],
    width: 8,
  }),
  graph({
    title: "Queue",
    description: "Deliveries that wait for the transaction which will store them. At 2000 the answer becomes 503.",
    unit: "short",
    queries: [over(`pipegauge_ledger_queue{${scope}}`, "{{instance}}")],
    thresholds: worse(["red", 1000]),
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Database",
    description: "1 while the run data can be read, 0 while it cannot; each target that shows the ledger.",
    unit: "short",
    queries: [over("pipegauge_collector_success", "{{job}} {{instance}}")],
    min: 0,
    max: 1,
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Series",
    description: "Stored series of each metric, and how many it has room for (PIPEGAUGE_MAX_SERIES).",
    unit: "short",
    queries: [
      over("max by (metric) (pipegauge_rollup_series)", "{{metric}}"),
      over("max(pipegauge_rollup_series_limit)", "room"),
    ],
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Folded increments",
    description:
      "Increments that went into __other__ because their metric was full. Totals stay right, names are lost.",
    unit: "short",
    queries: [over(`sum by (metric) (${once("pipegauge_series_overflow_total")})`, "{{metric}}")],
    noValue: "none was ever folded",
    decimals: 0,
    width: 8,
  }),
];

/** Are the processes well? */
export const processPanels = [
  graph({
    title: "Memory",
    description: "Resident memory of each process, and the part of it that is JavaScript's heap.",
    unit: "bytes",
    queries: [
      over(
        `process_resident_memory_bytes{${scope}} and on (job, instance) pipegauge_build_info`,
        "{{instance}} resident",
      ),
      over(`nodejs_heap_size_used_bytes{${scope}} and on (job, instance) pipegauge_build_info`, "{{instance}} heap"),
    ],
    width: 8,
  }),
  graph({
    title: "CPU",
    description: "Processor cores that each process uses.",
    unit: "short",
    queries: [
      over(
        `rate(process_cpu_seconds_total{${scope}}[${step}]) and on (job, instance) pipegauge_build_info`,
        "{{instance}}",
      ),
    ],
    width: 8,
  }),
  graph({
    title: "Event loop",
    description: "How late the process gets to its work. Above a second, answers and probes come late.",
    unit: "s",
    queries: [0.5, 0.99].map((q) =>
      over(
        `nodejs_eventloop_lag_p${q * 100}_seconds{${scope}} and on (job, instance) pipegauge_build_info`,
        `{{instance}} p${q * 100}`,
      ),
    ),
    thresholds: worse(["red", 1]),
    width: 8,
  }),
  graph({
    title: "Garbage collection",
    description: "Share of the time that each process spends in collecting garbage.",
    unit: "percentunit",
    queries: [
      over(
        `sum by (instance) (rate(nodejs_gc_duration_seconds_sum{${scope}}[${step}]) and on (job, instance) pipegauge_build_info)`,
        "{{instance}}",
      ),
    ],
    width: 8,
  }),
  graph({
    title: "Open files",
    description: "Files and connections that each process holds open.",
    unit: "short",
    queries: [over(`process_open_fds{${scope}} and on (job, instance) pipegauge_build_info`, "{{instance}}")],
    decimals: 0,
    width: 8,
  }),
  graph({
    title: "Uptime",
    description: "Time since each process started. A line that falls is a restart.",
    unit: "s",
    queries: [over(`server_uptime_seconds_total{${scope}}`, "{{instance}}")],
    width: 8,
  }),
];
