import { failureClasses } from "../../core/failure-classes.ts";
import { failuresDefinition, type FailureShare, type ReasonCount } from "../../answers/failures.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";

const reason = f.defineView<ReasonCount>([
  ["reason", ({ reason: word }) => word, { ...f.nullableText, description: "The provider's word; null: it gave none" }],
  ["jobs", ({ jobs }) => jobs, f.positive],
]);

const failure = f.defineView<FailureShare>([
  ["class", ({ failureClass }) => failureClass, { enum: [...failureClasses] }],
  ["jobs", ({ jobs }) => jobs, { ...f.positive, description: "Every try counts" }],
  ["runs", ({ runs }) => runs, f.positive],
  ["seconds", ({ seconds }) => seconds, { ...f.seconds, description: "Work of these jobs" }],
  ["share", ({ share }) => share, { ...f.share, description: "Of the jobs of all classes" }],
  [
    "reasons",
    ({ reasons }) => reasons.map(reason.render),
    { type: "array", items: reason.schema, description: "Those of most jobs first, at most 10" },
  ],
  ["example_run_id", ({ exampleRunId }) => exampleRunId, { ...f.positive, description: "The newest run" }],
  [
    "run_ids",
    ({ runIds }) => runIds,
    { type: "array", items: f.positive, description: "The newest first, at most 10" },
  ],
  ["last_at", ({ lastAt }) => f.toIsoTime(lastAt), f.time],
]);

export const failuresInsight = defineInsight({
  name: "failures",
  id: "listFailures",
  summary: "Jobs that failed or were cancelled, by what went wrong",
  definition: failuresDefinition,
  parameters: {},
  item: failure,
  schema: "FailureClass",
  find: ({ store }, query) => store.read("failures", query),
});
