import type { RunnerUse } from "../../answers/runner-use.ts";
import { defaultTargetSeconds, runnersDefinition } from "../../answers/runners.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { whole } from "./parameters.ts";

/** The wait that jobs shall have at most. */
export const target = whole(
  { minimum: 0, maximum: 86_400, fallback: defaultTargetSeconds },
  "Seconds that jobs shall wait at most for a runner",
);

const mean = (description: string) => ({ type: "number", minimum: 0, description });

const runnerUse = f.defineView<RunnerUse>([
  [
    "runner_class",
    ({ runnerClass }) => runnerClass,
    { ...f.nullableText, description: "null: the jobs whose provider reports none" },
  ],
  ["jobs", ({ jobs }) => jobs, { ...f.positive, description: "Jobs that started in the span" }],
  ["runs", ({ runs }) => runs, { ...f.positive, description: "Their runs" }],
  ["peak_running", ({ peakRunning }) => peakRunning, { ...f.count, description: "Most jobs that worked at a time" }],
  ["peak_waiting", ({ peakWaiting }) => peakWaiting, { ...f.count, description: "Most jobs that waited at a time" }],
  ["mean_running", ({ meanRunning }) => meanRunning, mean("Jobs that worked, on average over the span")],
  ["mean_waiting", ({ meanWaiting }) => meanWaiting, mean("Jobs that waited, on average over the span")],
  [
    "utilisation",
    ({ utilisation }) => utilisation,
    {
      ...mean(
        "mean_running among the most that worked at a time in the span, or in the 7 days before until if it is shorter",
      ),
      maximum: 1,
    },
  ],
  ["queue_p50", ({ queueP50 }) => queueP50, { ...f.seconds, description: "Median of the waits" }],
  ["queue_p90", ({ queueP90 }) => queueP90, { ...f.seconds, description: "90th percentile of the waits" }],
  [
    "within_target_share",
    ({ withinTargetShare }) => withinTargetShare,
    { ...f.share, description: "Share of the jobs that waited at most the target" },
  ],
]);

export const runnersInsight = defineInsight({
  name: "runners",
  id: "listRunnerUse",
  summary: "How busy the runners of each class were, and how long jobs waited for them",
  definition: runnersDefinition,
  parameters: { target },
  item: runnerUse,
  schema: "RunnerUse",
  find: ({ store }, query, { target: targetSeconds }) => store.read("runners", { ...query, targetSeconds }),
});
