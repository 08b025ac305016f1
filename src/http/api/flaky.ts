import { flakyDefinition, type FlakyJob } from "../../answers/flaky.ts";
import { flakyStates } from "../../answers/flaky-state.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { createChoices } from "./parameters.ts";

const job = f.defineView<FlakyJob>([
  ["provider", ({ provider }) => provider, f.text],
  ["source", ({ source }) => source, f.text],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  ["stage", ({ stage }) => stage, f.nullableText],
  ["job_name", ({ jobName }) => jobName, f.text],
  [
    "executions",
    ({ executions }) => executions,
    { ...f.positive, description: "Jobs of runs that passed or failed; several tries in one run count as one" },
  ],
  ["flakes", ({ flakes }) => flakes, { ...f.count, description: "Executions that failed and then passed" }],
  ["failures", ({ failures }) => failures, { ...f.count, description: "Executions that failed and did not pass" }],
  [
    "lower_bound",
    ({ lowerBound }) => lowerBound,
    {
      ...f.share,
      description: "Lower bound of Wilson's interval of flakes / executions, z = 1.96",
    },
  ],
  [
    "wasted_seconds",
    ({ wastedSeconds }) => wastedSeconds,
    { ...f.seconds, description: "Work of the failed tries of the flakes" },
  ],
  ["cost", ({ cost }) => cost, { ...f.cost, description: "Of wasted_seconds; null where no price applies" }],
  [
    "state",
    ({ state }) => state,
    {
      enum: [...flakyStates],
      description:
        "In the last 14 days of the span. flaky: at least 2 flakes and a lower bound of at least 0.01; broken: at least 5 executions, of which at least 80 % failed; healthy: neither, or neither for 7 days or 100 executions",
    },
  ],
  [
    "run_ids",
    ({ runIds }) => runIds,
    {
      type: "array",
      items: f.positive,
      description: "Pipegauge's ids of the runs with flakes (without any: with failures), newest first, at most 20",
    },
  ],
  ["last_run_id", ({ lastRunId }) => lastRunId, f.positive],
  ["last_at", ({ lastAt }) => f.toIsoTime(lastAt), f.time],
]);

export const flakyInsight = defineInsight({
  name: "flaky",
  id: "listFlakyJobs",
  summary: "Jobs that failed and passed on the same code, the most expensive first",
  definition: flakyDefinition,
  parameters: { state: createChoices(flakyStates, "One or more values, separated by commas") },
  item: job,
  schema: "FlakyJob",
  async find({ store, config: { prices } }, query, { state: states }) {
    const { items, ...sample } = await store.read("flaky", { ...query, prices });
    return { ...sample, items: items.filter(({ state }) => states === undefined || states.includes(state)) };
  },
});
