import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { storedMetrics, type StoredMetric } from "../../../src/core/stored-metrics.ts";
import { createFindings } from "../../../src/exporters/builtin/worker-findings.ts";
import { metricDefinitions, type MetricDefinition } from "../../../src/metrics/definitions.ts";
import type { ProcessMetrics } from "../../../src/metrics/process.ts";
import { CollectorRegistry } from "../../../src/sdk/index.ts";
import { parseExposition } from "./parser.ts";
import { mentioned } from "./promql.ts";
import { until } from "../wait.ts";
import { idleProcessMetrics } from "./process-metrics.ts";

/** The labels of a sample of `/metrics` by its name; `undefined` where there is no such sample. */
export type GetLabels = (sample: string) => readonly string[] | undefined;

/** What Prometheus adds to every sample. */
const targetLabels = ["job", "instance", "pod"];

function samples({ name, type, labels }: MetricDefinition): [string, readonly string[]][] {
  if (type !== "histogram") return [[name, labels]];
  return [
    [`${name}_bucket`, [...labels, "le"]],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}

/** Names that a sender's word is part of. `result` of the run counter is shown as `status`. */
function dynamicSamples(): [RegExp, readonly string[]][] {
  return Object.values<StoredMetric>(storedMetrics)
    .filter(({ dynamic }) => dynamic)
    .flatMap((metric) => samples({ ...metric, labels: metric.labels.filter((label) => label !== "name") }))
    .map(([name, labels]) => [
      new RegExp(`^${name.replace("<name>", "\\w+")}$`),
      labels.map((label) => (label === "result" ? "status" : label)),
    ]);
}

/** Everything that `/metrics` can show: our definitions, the older tools' names, and what prom-client says of the process. */
export async function metricLabels(): Promise<GetLabels> {
  const metrics = idleProcessMetrics();
  const process = [...parseExposition(await renderedAfterGc(metrics), "text").values()].flatMap((family) =>
    family.samples.map(({ name, labels }): [string, readonly string[]] => [name, [...labels.keys()]]),
  );
  const bySample = new Map([...process, ...metricDefinitions.flatMap(samples)]);
  for (const [name, labels] of await exporterSamples()) bySample.set(name, labels);
  const dynamic = dynamicSamples();
  return (sample) => bySample.get(sample) ?? dynamic.find(([pattern]) => pattern.test(sample))?.[1];
}

/** What the exporters for workers and queues show, at paths of their own. */
async function exporterSamples(): Promise<[string, readonly string[]][]> {
  const registry = new CollectorRegistry();
  const findings = createFindings(registry, "gitlab");
  findings.addWorkers(["linux"], "busy");
  findings.addWaiting({ project: "shop/cart", tags: ["linux"], reason: "pending", seconds: 1 });
  findings.fill();
  const families = parseExposition(await registry.render(), "text");
  return [...families.values()].flatMap(({ samples: all }) =>
    all.map(({ name, labels }) => [name, [...labels.keys()]]),
  );
}

/** Of the garbage collector there is nothing to say before it has worked. */
async function renderedAfterGc(metrics: ProcessMetrics): Promise<string> {
  setFlagsFromString("--expose-gc");
  return until(async () => {
    (runInNewContext("gc") as () => void)();
    const text = await metrics.render("text");
    return text.includes("nodejs_gc_duration_seconds_sum") ? text : undefined;
  }, "a word of the garbage collector");
}

/** What is wrong with the names in an expression, in words. `derived`: labels that the expression makes itself. */
export function nameProblems(expr: string, getLabels: GetLabels, derived: readonly string[] = []): string[] {
  const { selectors, grouping } = mentioned(expr);
  const problems: string[] = [];
  const all = new Set([...targetLabels, ...derived]);
  for (const { metric, labels } of selectors) {
    if (metric === "") continue;
    const own = getLabels(metric);
    if (own === undefined) {
      problems.push(`there is no metric ${metric}`);
      continue;
    }
    for (const label of own) all.add(label);
    for (const label of labels) {
      if (!own.includes(label) && !targetLabels.includes(label)) problems.push(`${metric} has no label ${label}`);
    }
  }
  if (selectors.some(({ metric }) => metric === "")) all.add("status");
  for (const label of grouping) if (!all.has(label)) problems.push(`nothing in it has the label ${label}`);
  return problems;
}
