import { timeParts } from "../../answers/time-parts.ts";
import { summarizeWeeks, type WeekOfCommits } from "../../answers/time-to-pass-weeks.ts";
import { timeToPassDefinition, type CommitTime } from "../../answers/time-to-pass.ts";
import type { AnswerQuery } from "../../core/store/index.ts";
import type { Services } from "../services.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { toIsoDate } from "./summary.ts";
import { dayMillis } from "../../core/time.ts";

const commit = f.defineView<CommitTime>([
  ["provider", ({ provider }) => provider, f.text],
  ["source", ({ source }) => source, f.text],
  ["project", ({ project }) => project, f.nullableText],
  ["change", ({ change }) => change, { ...f.nullableText, description: "Merge request or pull request" }],
  ["ref", ({ ref }) => ref, f.nullableText],
  ["sha", ({ sha }) => sha, f.text],
  ["queued_at", ({ queuedAt }) => f.toIsoTime(queuedAt), f.time],
  ["passed_at", ({ passedAt }) => f.toIsoTime(passedAt), { ...f.nullableTime, description: "UTC; null: not yet" }],
  ["seconds", ({ seconds }) => seconds, { ...f.seconds, description: "From queued to passed, or so far" }],
  [
    "parts",
    ({ parts }) => parts,
    {
      ...f.describeObject(Object.fromEntries(timeParts.map((part) => [part, f.seconds]))),
      description: "They sum to seconds",
    },
  ],
  ["attempts", ({ attempts }) => attempts, { ...f.count, description: "Results of its runs until it passed" }],
  [
    "first_try",
    ({ firstTry }) => firstTry,
    { ...f.nullableBoolean, description: "Passed without a failure; null: open" },
  ],
  [
    "first_red_seconds",
    ({ firstRedSeconds }) => firstRedSeconds,
    { ...f.nullableSeconds, description: "Until the first job failed" },
  ],
  ["run_id", ({ runId }) => runId, { ...f.positive, description: "The run that made it pass, or the latest" }],
  ["run_ids", ({ runIds }) => runIds, { type: "array", items: f.positive, description: "Its runs, at most 20" }],
]);

const week = f.defineView<WeekOfCommits>([
  ["week", (item) => toIsoDate(item.week / dayMillis), { ...f.text, description: "Monday, UTC" }],
  ["commits", ({ commits }) => commits, { ...f.positive, description: "First queued in the week" }],
  ["passed", ({ passed }) => passed, f.count],
  [
    "first_try_share",
    ({ firstTryShare }) => firstTryShare,
    { ...f.share, type: ["number", "null"], description: "Passed without a failure, of those that passed or failed" },
  ],
  [
    "p50_seconds",
    ({ p50Seconds }) => p50Seconds,
    { ...f.nullableSeconds, description: "Half of all had passed by then; null: fewer have" },
  ],
  ["p90_seconds", ({ p90Seconds }) => p90Seconds, f.nullableSeconds],
]);

/** An open commit is open until now, and not until a time to come. */
function findCommits({ store, clock }: Services, query: AnswerQuery) {
  return store.read("timeToPass", { ...query, until: Math.min(query.until, clock()) });
}

export const timeToPassInsight = defineInsight({
  name: "time-to-pass",
  id: "listTimesToPass",
  summary: "How long commits needed until their pipelines were green, the longest first",
  definition: timeToPassDefinition,
  parameters: {},
  item: commit,
  schema: "CommitTime",
  find: findCommits,
});

export const timeToPassWeeksInsight = defineInsight({
  name: "time-to-pass/weeks",
  id: "summariseTimesToPass",
  summary: "How long commits needed until their pipelines were green, by week, the newest first",
  definition: `${timeToPassDefinition}; percentiles among all commits, in which those that have not passed are longer than all others`,
  parameters: {},
  item: week,
  schema: "WeekOfCommits",
  async find(services, query) {
    const { items, ...sample } = await findCommits(services, query);
    return { ...sample, items: summarizeWeeks(items) };
  },
});
