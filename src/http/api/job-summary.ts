import { jobDimensions, type JobDimension, type JobSummary, type JobSummaryGroup } from "../../core/store/index.ts";
import { dayTimesErrorBound } from "../../core/day-bucket.ts";
import { runResults } from "../../core/states.ts";
import { dayMillis, type Millis } from "../../core/time.ts";
import type { Services } from "../services.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { jobParameters, splitFilter } from "./jobs.ts";
import { limit, oneOfOr, someOfOr, time, timeForms, type Parsed } from "./parameters.ts";
import { resolveSpan } from "./span.ts";
import { countFailures, countRuns, percentiles, toSuccessRatio } from "./summary.ts";

/** `job`: all that identifies a job in a pipeline's definition. */
const byJob = ["provider", "project", "pipeline", "stage", "job_name"] as const;
const words = ["job", ...jobDimensions] as const;
const sortings = ["jobs", "failures", "total", "duration", "queue"] as const;
const defaultSpan = 7 * dayMillis;
/** Days of the longest span. */
export const summaryMaxDays = 400;

const definition =
  "Each result that a job reached counts once, as in cicd_job_runs_total and under the names that it has there; a job that ran again counts again.";

export const jobSummaryParameters = {
  ...jobParameters,
  by: someOfOr(words, ["job"], "Dimensions to group by, separated by commas; times are UTC, a week begins on Monday"),
  since: time(`Finished at or after this time: ${timeForms}; default: 7 days before until`),
  until: time(`Finished before this time: ${timeForms}; default: now. At most ${summaryMaxDays} days after since`),
  sort: oneOfOr(sortings, "jobs", "Sort order (descending); duration and queue sort by the 80th percentile"),
  limit: limit(1000, 100, "Maximum number of groups"),
};

interface SortedSummary extends JobSummary {
  readonly by: readonly JobDimension[];
}

/** What groups are sorted by; -1 where nothing was measured. */
const sortKeys: Readonly<Record<Parsed<typeof jobSummaryParameters>["sort"], (group: JobSummaryGroup) => number>> = {
  jobs: ({ results }) => countRuns(results),
  failures: ({ results }) => countFailures(results),
  total: ({ totalSeconds }) => totalSeconds,
  duration: ({ duration }) => duration?.p80 ?? -1,
  queue: ({ queue }) => queue?.p80 ?? -1,
};

/** How a key of a group is written: hours as times, days and weeks as dates, months without a day. */
const lengths: Readonly<Partial<Record<JobDimension, number>>> = { day: 10, week: 10, month: 7 };

function writeKey(dimension: JobDimension, key: string | Millis | null | undefined): string | null | undefined {
  return typeof key === "number" ? f.toIsoTime(key)?.slice(0, lengths[dimension]) : key;
}

function describeKey(dimension: JobDimension): f.Field<JobSummaryGroup> {
  const schema =
    dimension === "hour"
      ? f.time
      : lengths[dimension] === undefined
        ? f.nullableText
        : {
            ...f.text,
            pattern: dimension === "month" ? "^\\d{4}-\\d{2}$" : "^\\d{4}-\\d{2}-\\d{2}$",
            description: "UTC",
          };
  return [dimension, ({ keys }) => writeKey(dimension, keys[dimension]), schema, "optional"];
}

const group = f.defineView<JobSummaryGroup>([
  ...jobDimensions.map(describeKey),
  ["jobs", ({ results }) => countRuns(results), { ...f.count, description: "Results that jobs reached" }],
  [
    "results",
    ({ results }) => results,
    f.describeObject(Object.fromEntries(runResults.map((name) => [name, f.count]))),
  ],
  [
    "success_ratio",
    ({ results }) => toSuccessRatio(results),
    {
      type: ["number", "null"],
      minimum: 0,
      maximum: 1,
      description: "success / (success + failure + error + timeout); null if all are 0",
    },
  ],
  ["total_seconds", ({ totalSeconds }) => totalSeconds, { ...f.seconds, description: "Execution time of all of them" }],
  ["duration_seconds", ({ duration }) => duration ?? null, percentiles],
  ["queue_seconds", ({ queue }) => queue ?? null, percentiles],
]);

const summary = f.defineView<SortedSummary>([
  ["definition", () => definition, { ...f.text, description: "What exactly is counted" }],
  ["since", ({ since }) => f.toIsoTime(since), f.time],
  ["until", ({ until }) => f.toIsoTime(until), f.time],
  ["exact", ({ exact }) => exact, { ...f.boolean, description: "True if computed from each stored job" }],
  [
    "error_bound",
    ({ exact }) => (exact ? null : dayTimesErrorBound),
    { type: ["number", "null"], minimum: 0, description: "Greatest relative error of a percentile; null if exact" },
  ],
  ["jobs", ({ jobs }) => jobs, { ...f.count, description: "Results that all groups are computed from" }],
  ["by", ({ by }) => by, { type: "array", items: { enum: [...jobDimensions] } }],
  ["groups", ({ groups }) => groups.map(group.render), f.createArraySchema("JobSummaryGroup")],
  [
    "truncated",
    ({ truncated }) => truncated,
    { ...f.boolean, description: "True if there are more groups than listed" },
  ],
]);

export const jobSummarySchemas = { JobSummaryGroup: group.schema, JobSummary: summary.schema };

/** Throws `invalid` for a span that is empty or too long. */
export async function summarizeJobs(
  services: Services,
  parameters: Parsed<typeof jobSummaryParameters>,
): Promise<SortedSummary> {
  const span = resolveSpan(parameters, services.clock(), defaultSpan, summaryMaxDays);
  const by = [...new Set(parameters.by.flatMap((word) => (word === "job" ? [...byJob] : [word])))];
  const found = await services.store.read("jobSummary", { by, ...span, ...splitFilter(parameters) });
  const getKey = sortKeys[parameters.sort];
  // A stable sort: groups of one key keep the order of the store.
  const groups = found.groups.toSorted((a, b) => getKey(b) - getKey(a));
  const truncated = found.truncated || groups.length > parameters.limit;
  return { ...found, by, groups: groups.slice(0, parameters.limit), truncated };
}

export const getJobSummary = defineEndpoint({
  id: "summariseJobs",
  path: "/api/v1/jobs/summary",
  summary: "Counts, success ratios and percentiles of jobs that finished in a time range",
  parameters: jobSummaryParameters,
  schema: "JobSummary",
  respond: async (services, parameters) => summary.render(await summarizeJobs(services, parameters)),
});
