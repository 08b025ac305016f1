import type { SchemaObject } from "ajv";
import { dimensions, type Dimension, type Summary, type SummaryGroup } from "../../core/store/index.ts";
import type { Services } from "../services.ts";
import { resolveSpan } from "./span.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { flag, limit, oneOfOr, runFilter, someOfOr, time, timeForms, type Parsed } from "./parameters.ts";
import { runResults, type RunResult } from "../../core/states.ts";
import { dayMillis, type Millis } from "../../core/time.ts";

const sortings = ["runs", "failures", "restarts", "duration", "queue"] as const;

export const summaryParameters = {
  ...runFilter,
  children: flag("Also count child runs; runs of the given `pipeline` are always counted"),
  by: someOfOr(
    dimensions,
    ["project", "pipeline"],
    "Dimensions to group by, separated by commas; days and hours are UTC",
  ),
  since: time(`Finished at or after this time: ${timeForms}; default: 7 days before until`),
  until: time(`Finished before this time: ${timeForms}; default: now. At most 92 days after since`),
  sort: oneOfOr(sortings, "runs", "Sort order (descending); duration and queue sort by the 80th percentile"),
  limit: limit(1000, 100, "Maximum number of groups"),
};

type SummaryParameters = Parsed<typeof summaryParameters>;

export interface SpanSummary extends Summary {
  readonly since: Millis;
  readonly until: Millis;
  readonly by: readonly Dimension[];
}

const defaultSpan = 7 * dayMillis;

/** `by` may be empty: then all runs are one group. Throws `invalid` for a span that is empty or too long. */
export async function summarize(
  services: Services,
  parameters: Omit<SummaryParameters, "by"> & { readonly by: readonly Dimension[] },
): Promise<SpanSummary> {
  const {
    by,
    sort,
    limit: max,
    children,
    default_branch: defaultBranch,
    since: from,
    until: to,
    ...plain
  } = parameters;
  const { since, until } = resolveSpan({ since: from, until: to }, services.clock(), defaultSpan);
  const filter = { ...plain, defaultBranch };
  const { groups, truncated } = await services.store.read("summary", { by, since, until, filter, children });
  const getKey = sortKeys[sort];
  const sorted = groups.toSorted((a, b) => getKey(b) - getKey(a) || compareGroups(a, b));
  return { since, until, by, groups: sorted.slice(0, max), truncated: truncated || sorted.length > max };
}

/** What groups are sorted by; -1 where nothing was measured. */
const sortKeys: Readonly<Record<SummaryParameters["sort"], (group: SummaryGroup) => number>> = {
  runs: ({ results: counts }) => countRuns(counts),
  failures: ({ results: counts }) => countFailures(counts),
  restarts: ({ restarts }) => restarts,
  duration: ({ duration }) => duration?.p80 ?? -1,
  queue: ({ queue }) => queue?.p80 ?? -1,
};

/** The order of groups with equal keys, so that answers do not vary: the latest day and hour first, then by name. */
function compareGroups(a: SummaryGroup, b: SummaryGroup): number {
  const name = ({ provider, project, pipeline }: SummaryGroup) => JSON.stringify([provider, project, pipeline]);
  if (a.day !== b.day) return (b.day ?? 0) - (a.day ?? 0);
  if (a.hour !== b.hour) return (b.hour ?? 0) - (a.hour ?? 0);
  return name(a) < name(b) ? -1 : 1;
}

type ResultCounts = Readonly<Record<RunResult, number>>;

export function countRuns(counts: ResultCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

export function countFailures({ failure, error, timeout }: ResultCounts): number {
  return failure + error + timeout;
}

/** Successes among successes and failures; `null` without either. Cancelled and skipped runs say nothing about the work. */
export function toSuccessRatio(counts: ResultCounts): number | null {
  const all = counts.success + countFailures(counts);
  return all === 0 ? null : counts.success / all;
}

/** `2026-11-20`; `day` is counted from 1970. */
export function toIsoDate(day: number): string {
  return new Date(day * dayMillis).toISOString().slice(0, 10);
}

export const percentiles: SchemaObject = {
  ...f.describeObject({ p50: f.seconds, p80: f.seconds, p90: f.seconds, p95: f.seconds }),
  type: ["object", "null"],
  description: "Exact percentiles, linearly interpolated; null without measurements",
};

const ofLatest = { ...f.count, description: "Counted for runs whose latest completion is in the group" };

const group = f.defineView<SummaryGroup>([
  ["provider", ({ provider }) => provider, f.text, "optional"],
  ["project", ({ project }) => project, f.nullableText, "optional"],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText, "optional"],
  [
    "day",
    ({ day }) => (day === undefined ? undefined : toIsoDate(day)),
    { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "UTC" },
    "optional",
  ],
  [
    "hour",
    ({ hour }) => (hour === undefined ? undefined : f.toIsoTime((hour * dayMillis) / 24)),
    { ...f.time, description: "UTC; when it begins" },
    "optional",
  ],
  [
    "runs",
    ({ results: counts }) => countRuns(counts),
    { ...f.count, description: "Completions: each attempt of a run counts once" },
  ],
  [
    "results",
    ({ results: counts }) => counts,
    f.describeObject(Object.fromEntries(runResults.map((name) => [name, f.count]))),
  ],
  [
    "success_ratio",
    ({ results: counts }) => toSuccessRatio(counts),
    {
      type: ["number", "null"],
      minimum: 0,
      maximum: 1,
      description: "success / (success + failure + error + timeout); null if all are 0",
    },
  ],
  ["restarts", ({ restarts }) => restarts, ofLatest],
  ["recovered", ({ recovered }) => recovered, ofLatest],
  ["duration_seconds", ({ duration }) => duration ?? null, percentiles],
  ["queue_seconds", ({ queue }) => queue ?? null, percentiles],
]);

const summary = f.defineView<SpanSummary>([
  ["since", ({ since }) => f.toIsoTime(since), f.time],
  ["until", ({ until }) => f.toIsoTime(until), f.time],
  ["by", ({ by }) => by, { type: "array", items: { enum: [...dimensions] } }],
  ["groups", ({ groups }) => groups.map(group.render), f.createArraySchema("SummaryGroup")],
  [
    "truncated",
    ({ truncated }) => truncated,
    { ...f.boolean, description: "True if there are more groups than listed" },
  ],
]);

export const summarySchemas = { SummaryGroup: group.schema, Summary: summary.schema };

export const getSummary = defineEndpoint({
  id: "summarise",
  path: "/api/v1/summary",
  summary: "Counts, success ratios and percentiles of runs that finished in a time range",
  parameters: summaryParameters,
  schema: "Summary",
  respond: async (services, parameters) => summary.render(await summarize(services, parameters)),
});
