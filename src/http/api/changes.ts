import { changeKinds, type Change } from "../../answers/change.ts";
import { changesDefinition } from "../../answers/changes.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { createChoices } from "./parameters.ts";

const unit = "Seconds for a duration and a queue, for success the share of successes, 0 to 1";

const change = f.defineView<Change>([
  ["what", ({ what }) => what, { enum: [...changeKinds] }],
  ["provider", ({ provider }) => provider, f.nullableText],
  ["source", ({ source }) => source, f.nullableText],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  ["stage", ({ stage }) => stage, f.nullableText],
  [
    "job_name",
    ({ jobName }) => jobName,
    { ...f.nullableText, description: "null: the pipeline as a whole, or a queue" },
  ],
  ["runner_class", ({ runnerClass }) => runnerClass, { ...f.nullableText, description: "Of a queue" }],
  ["before", ({ before }) => before, { ...f.seconds, description: unit }],
  ["after", ({ after }) => after, { ...f.seconds, description: unit }],
  [
    "p",
    ({ p }) => p,
    { type: "number", minimum: 0, maximum: 1, description: "Probability of such a difference by chance" },
  ],
  ["run_id", ({ runId }) => runId, { ...f.positive, description: "The first run after the change" }],
  ["sha", ({ sha }) => sha, { ...f.nullableText, description: "Commit of that run" }],
  ["at", ({ at }) => f.toIsoTime(at), f.time],
]);

export const changesInsight = defineInsight({
  name: "changes",
  id: "listChanges",
  summary: "What became slower, fails more often or waits longer, the greatest turn for the worse first",
  definition: changesDefinition,
  parameters: { what: createChoices(changeKinds, "One or more values, separated by commas") },
  item: change,
  schema: "Change",
  async find({ store }, query, { what: kinds }) {
    const { items, ...sample } = await store.read("changes", query);
    return { ...sample, items: items.filter(({ what }) => kinds === undefined || kinds.includes(what)) };
  },
});
