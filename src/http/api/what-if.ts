import { whatIfDefinition, type WhatIf, type WhatIfRow } from "../../answers/what-if.ts";
import type { FleetQuery } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { insightFilter, pickFilter } from "./insight.ts";
import { text, time, timeForms, whole } from "./parameters.ts";
import { target } from "./runners.ts";
import { resolveSpan } from "./span.ts";

const defaultDays = 7;

const whatIfParameters = {
  ...insightFilter,
  runner_class: text("Runner class, as the insight runners names it; default: the jobs without one"),
  target,
  percentile: whole(
    { minimum: 1, maximum: 100, fallback: 95 },
    "Percentile of the waits that shall be at most the target",
  ),
  since: time(`Ready at or after this time: ${timeForms}; default: ${defaultDays} days before until`),
  until: time(`Ready before this time: ${timeForms}; default: now. At most 92 days after since`),
};

const row = f.defineView<WhatIfRow>([
  ["runners", ({ runners }) => runners, f.positive],
  ["wait_p50", ({ waitP50 }) => waitP50, { ...f.seconds, description: "Median of the waits" }],
  ["wait_p95", ({ waitP95 }) => waitP95, { ...f.seconds, description: "95th percentile of the waits" }],
  ["wait", ({ wait }) => wait, { ...f.seconds, description: "The asked percentile of the waits" }],
  [
    "busy_share",
    ({ busyShare }) => busyShare,
    { ...f.share, description: "Part of the time in which the runners work" },
  ],
  [
    "cost",
    ({ cost }) => cost,
    { ...f.cost, description: "Of these runners for the whole span, working or not; null where no price applies" },
  ],
]);

interface AskedWhatIf extends WhatIf {
  readonly query: FleetQuery;
}

const whatIf = f.defineView<AskedWhatIf>([
  ["definition", () => whatIfDefinition, { ...f.text, description: "What exactly is computed" }],
  ["since", ({ query }) => f.toIsoTime(query.since), f.time],
  ["until", ({ query }) => f.toIsoTime(query.until), f.time],
  ["runner_class", ({ query }) => query.runnerClass, f.nullableText],
  ["target", ({ query }) => query.targetSeconds, f.seconds],
  ["percentile", ({ query }) => query.percentile, f.positive],
  ["runs", ({ runs }) => runs, { ...f.count, description: "Runs that it is computed from" }],
  ["jobs", ({ jobs }) => jobs, { ...f.count, description: "Jobs that it is computed from" }],
  ["peak_running", ({ peakRunning }) => peakRunning, { ...f.count, description: "Most jobs that worked at a time" }],
  ["rows", ({ rows }) => rows.map(row.render), f.createArraySchema("WhatIfRow")],
  [
    "least",
    ({ least }) => least,
    {
      ...f.count,
      description: "Least number of runners with which the percentile of the waits is at most the target; 0: no jobs",
    },
  ],
]);

export const whatIfSchemas = { WhatIfRow: row.schema, WhatIf: whatIf.schema };

export const getWhatIf = defineEndpoint({
  id: "getWhatIf",
  path: "/api/v1/insights/runners/what-if",
  summary: "How long jobs would have waited with more or fewer runners",
  parameters: whatIfParameters,
  schema: "WhatIf",
  async respond({ store, clock, config: { prices } }, parameters) {
    const { runner_class: runnerClass = null, target: targetSeconds, percentile } = parameters;
    const span = resolveSpan(parameters, clock(), defaultDays * dayMillis);
    const query = { ...span, filter: pickFilter(parameters), runnerClass, targetSeconds, percentile, prices };
    return whatIf.render({ query, ...(await store.read("whatIf", query)) });
  },
});
