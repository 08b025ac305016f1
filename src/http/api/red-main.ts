import { redMainDefinition, type RedMain, type SoleBlocker } from "../../answers/red-main.ts";
import type { RedPeriod } from "../../answers/red-periods.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";

const period = f.defineView<RedPeriod>([
  ["since", ({ since }) => f.toIsoTime(since), { ...f.time, description: "UTC; may be before the span" }],
  ["until", ({ until }) => f.toIsoTime(until), { ...f.nullableTime, description: "UTC; null while it is red" }],
  ["seconds", ({ seconds }) => seconds, { ...f.seconds, description: "Within the span" }],
  ["flaky_seconds", ({ flakySeconds }) => flakySeconds, f.seconds],
  ["first_bad_run_id", ({ firstBadRunId }) => firstBadRunId, f.positive],
  ["first_good_run_id", ({ firstGoodRunId }) => firstGoodRunId, f.nullablePositive],
]);

const blocker = f.defineView<SoleBlocker>([
  ["job_name", ({ jobName }) => jobName, f.text],
  ["runs", ({ runs }) => runs, { ...f.positive, description: "Red runs in which no other job had failed" }],
  ["run_ids", ({ runIds }) => runIds, { type: "array", items: f.positive, description: "Newest first, at most 20" }],
]);

const branch = f.defineView<RedMain>([
  ["provider", ({ provider }) => provider, f.text],
  ["source", ({ source }) => source, f.text],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  ["ref", ({ ref }) => ref, { ...f.nullableText, description: "The default branch" }],
  ["breaks", ({ breaks }) => breaks, { ...f.count, description: "Changes from green to red" }],
  ["recoveries", ({ recoveries }) => recoveries, { ...f.count, description: "Changes from red to green" }],
  ["red_seconds", ({ redSeconds }) => redSeconds, f.seconds],
  [
    "flaky_red_seconds",
    ({ flakyRedSeconds }) => flakyRedSeconds,
    { ...f.seconds, description: "Of red_seconds: after failures whose run or commit passed later" },
  ],
  ["red_share", ({ redShare }) => redShare, { ...f.share, description: "red_seconds / seconds of the span" }],
  ["open_since", ({ openSince }) => f.toIsoTime(openSince), { ...f.nullableTime, description: "UTC; null if green" }],
  [
    "first_bad_run_id",
    ({ firstBadRunId }) => firstBadRunId,
    { ...f.nullablePositive, description: "The run that began the latest red period" },
  ],
  [
    "first_good_run_id",
    ({ firstGoodRunId }) => firstGoodRunId,
    { ...f.nullablePositive, description: "The run that ended it; null while it is red" },
  ],
  [
    "periods",
    ({ periods }) => periods.map(period.render),
    { type: "array", items: period.schema, description: "Red periods, newest first, at most 20" },
  ],
  [
    "sole_blockers",
    ({ soleBlockers }) => soleBlockers.map(blocker.render),
    { type: "array", items: blocker.schema, description: "Jobs that alone made runs red, those with most runs first" },
  ],
]);

export const redMainInsight = defineInsight({
  name: "red-main",
  id: "listRedBranches",
  summary: "How often and how long default branches were red, the longest first",
  definition: redMainDefinition,
  parameters: {},
  item: branch,
  schema: "RedBranch",
  // A red branch is red until now, and not until a time to come.
  find: ({ store, clock }, query) => store.read("redMain", { ...query, until: Math.min(query.until, clock()) }),
});
