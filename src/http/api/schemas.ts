import type { SchemaObject } from "ajv";
import { results, shownStates, states } from "../../core/model.ts";
import { deliveryOutcomes, dimensions } from "../../core/store/read/types.ts";

const text: SchemaObject = { type: "string" };
const maybeText: SchemaObject = { type: ["string", "null"] };
const maybeTruth: SchemaObject = { type: ["boolean", "null"] };
const count: SchemaObject = { type: "integer", minimum: 0 };
const seconds: SchemaObject = { type: "number", minimum: 0 };
const maybeSeconds: SchemaObject = { type: ["number", "null"], minimum: 0 };
const timePattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$";
const time: SchemaObject = { type: "string", pattern: timePattern, description: "UTC" };
const maybeTime: SchemaObject = { type: ["string", "null"], pattern: timePattern, description: "UTC" };
const result: SchemaObject = { enum: [...results] };
const cursor: SchemaObject = { ...maybeText, description: "`cursor` of the next page; null at the end" };

/** An object with exactly these properties, but for those that `optional` names. */
function object(properties: Readonly<Record<string, SchemaObject>>, optional: readonly string[] = []): SchemaObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", additionalProperties: false, required, properties };
}

function list(name: string): SchemaObject {
  return { type: "array", items: reference(name) };
}

export function reference(name: string): SchemaObject {
  return { $ref: `#/components/schemas/${name}` };
}

const stateDescription =
  "pending: waits for capacity; blocked: waits for a person or a set time, native_status says which";

const timing = {
  result: { enum: [...results, null] },
  native_status: { ...maybeText, description: "The provider's own word" },
  queued_at: maybeTime,
  started_at: maybeTime,
  finished_at: maybeTime,
  queue_seconds: { ...maybeSeconds, description: "From queued to started" },
  duration_seconds: { ...maybeSeconds, description: "The time it worked" },
  corrected: {
    type: "boolean",
    description: "The provider corrected the result after it was counted; the counters keep the first one",
  },
};

const run = {
  id: { type: "integer", minimum: 1, description: "Pipegauge's own id" },
  source: text,
  provider: text,
  native_id: { ...text, description: "The provider's id; `run_id` of an exemplar" },
  project: maybeText,
  pipeline: maybeText,
  title: { ...maybeText, description: "What this run is called: GitLab's `workflow:name`, GitHub's run title" },
  number: { ...maybeText, description: "The number people know the run by" },
  ref: { ...maybeText, description: "Branch or tag" },
  ref_kind: { enum: ["branch", "tag", "merge_request", null] },
  default_branch: maybeTruth,
  sha: maybeText,
  trigger: { ...maybeText, description: "What started it, in the provider's word" },
  url: { ...maybeText, description: "The run's page at the provider" },
  parent: { ...maybeText, description: "native_id of the run that this one is a part of" },
  restart_of: { ...maybeText, description: "native_id of the run that this one repeats" },
  state: {
    enum: [...shownStates, null],
    description: `${stateDescription}; stale: unfinished, and no delivery about it for PIPEGAUGE_STALE_DAYS, native_status says what was told last; null while only jobs are known`,
  },
  ...timing,
  attempt: { type: "integer", minimum: 1 },
  restarts: { ...count, description: "Attempts after the first result" },
  recovered: { type: "boolean", description: "Failed, then succeeded in a later attempt" },
  first_seen_at: time,
  updated_at: maybeTime,
};

const job = {
  native_id: text,
  name: maybeText,
  stage: maybeText,
  task_type: { enum: ["build", "test", "deploy", null] },
  attempt: {
    type: "integer",
    minimum: 1,
    description:
      "The run's attempt that it belongs to; where the provider does not tell, which of the jobs of its stage and name it is",
  },
  retries: { ...count, description: "How often it ran again under the same id" },
  runner: maybeText,
  url: maybeText,
  allow_failure: maybeTruth,
  failure_reason: maybeText,
  state: { enum: [...states, null], description: stateDescription },
  ...timing,
};

const percentiles: SchemaObject = {
  ...object({ p50: seconds, p80: seconds, p95: seconds }),
  type: ["object", "null"],
  description: "Exact, interpolated between the two nearest; null where nothing was measured",
};

const source = {
  name: text,
  provider: maybeText,
  configured: { type: "boolean", description: "false: heard of in the past, or an older tool's" },
  has_secret: { type: "boolean" },
  webhook_path: maybeText,
  last_delivery_at: maybeTime,
  dead_letters: count,
};

/** What every answer consists of, by the name that openapi.json calls it. */
export const schemas: Readonly<Record<string, SchemaObject>> = {
  Run: object(run),
  Job: object(job),
  Completion: object({
    number: { type: "integer", minimum: 1, description: "Position among the run's completions" },
    result,
    finished_at: maybeTime,
    queue_seconds: maybeSeconds,
    duration_seconds: maybeSeconds,
  }),
  RunDetail: object({
    ...run,
    detail: { type: ["object", "null"], description: "Further facts of the provider: tests, parameters" },
    jobs: { ...list("Job"), description: "In the order in which they began" },
    jobs_truncated: { type: "boolean", description: "There are more jobs than are shown" },
    completions: { ...list("Completion"), description: "A result each: one an attempt" },
  }),
  RunPage: object({ runs: list("Run"), next_cursor: cursor }),
  SummaryGroup: object(
    {
      provider: text,
      project: maybeText,
      pipeline: maybeText,
      day: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "UTC" },
      runs: { ...count, description: "Completions; each attempt of a run counts once" },
      results: object(Object.fromEntries(results.map((name) => [name, count]))),
      success_ratio: {
        type: ["number", "null"],
        minimum: 0,
        maximum: 1,
        description: "Of success, failure, error and timeout; null where there are none",
      },
      restarts: { ...count, description: "Of the runs whose latest completion is in the group" },
      recovered: { ...count, description: "Of the runs whose latest completion is in the group" },
      duration_seconds: percentiles,
      queue_seconds: percentiles,
    },
    dimensions,
  ),
  Summary: object({
    since: time,
    until: time,
    by: { type: "array", items: { enum: [...dimensions] } },
    groups: list("SummaryGroup"),
    truncated: { type: "boolean", description: "There are more groups than are shown" },
  }),
  Delivery: object({
    id: { type: "integer", minimum: 1 },
    source: text,
    provider: text,
    received_at: time,
    outcome: { enum: [...deliveryOutcomes] },
    reason: { ...maybeText, description: "Why it was ignored or not understood" },
    bytes: { ...count, description: "Size of the body" },
    body_kept: { type: "boolean", description: "It can be replayed" },
  }),
  DeliveryPage: object({ deliveries: list("Delivery"), next_cursor: cursor }),
  Source: object(source),
  Status: object({
    version: text,
    uptime_seconds: seconds,
    database: { enum: ["sqlite", "postgres"] },
    queue_length: { ...count, description: "Deliveries that wait for the transaction which will store them" },
    sources: list("Source"),
    series_budget: { ...count, description: "Series that a metric may have" },
    series: { type: "array", items: object({ metric: text, used: count }) },
    cut_projects: {
      type: "array",
      items: object({ metric: text, provider: text, project: text, increments: count }),
      description: "Projects that have had their share of a metric, and what was therefore counted without names",
    },
  }),
  Error: object({ error: { ...text, description: "What is wrong, and what to do about it" } }),
};
