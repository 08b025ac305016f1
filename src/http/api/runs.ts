import { httpUrl } from "../../adapters/url.ts";
import { results, shownStates } from "../../core/model.ts";
import type { Page, StoredJob, StoredRun } from "../../core/store/read/types.ts";
import type { Services } from "../services.ts";
import { findStaleBefore } from "../stale.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { cursor, limit, runFilter, someOf, text, time, timeForms, type Parsed } from "./parameters.ts";

export const runsParameters = {
  ...runFilter,
  native_id: text("The provider's id of the run; with `source` it names one run"),
  parent: text("native_id of the run that they are a part of"),
  ref: text("Branch or tag"),
  state: someOf(shownStates, "One or several, with commas between them"),
  result: someOf(results, "One or several, with commas between them"),
  since: time(`First heard of at or after: ${timeForms}`),
  until: time(`First heard of before: ${timeForms}`),
  limit: limit(200, 50, "Runs a page"),
  cursor,
};

/** Throws `invalid` for a wrong cursor. */
export function findRuns(services: Services, parameters: Parsed<typeof runsParameters>): Promise<Page<StoredRun>> {
  const {
    native_id: nativeId,
    default_branch: defaultBranch,
    state,
    result,
    limit: max,
    cursor: from,
    ...plain
  } = parameters;
  const filter = { ...plain, nativeId, defaultBranch, states: state, results: result };
  const staleBefore = findStaleBefore(services);
  return services.store.read("runs", { filter, limit: max, after: decodeCursor("runs", from), staleBefore });
}

/** What the states mean that runs and jobs share. */
export const stateDescription =
  "pending: waits for capacity; blocked: waits for a person or a set time, native_status says which";

/** What runs and jobs have in common. */
export const progressFields: readonly f.Field<StoredRun | StoredJob>[] = [
  ["result", ({ result }) => result, { enum: [...results, null] }],
  ["native_status", ({ nativeStatus }) => nativeStatus, { ...f.nullableText, description: "The provider's own word" }],
  ["queued_at", ({ queuedAt }) => f.toIsoTime(queuedAt), f.nullableTime],
  ["started_at", ({ startedAt }) => f.toIsoTime(startedAt), f.nullableTime],
  ["finished_at", ({ finishedAt }) => f.toIsoTime(finishedAt), f.nullableTime],
  [
    "queue_seconds",
    ({ queueSeconds }) => queueSeconds,
    { ...f.nullableSeconds, description: "From queued to started" },
  ],
  [
    "duration_seconds",
    ({ durationSeconds }) => durationSeconds,
    { ...f.nullableSeconds, description: "The time it worked" },
  ],
  [
    "corrected",
    ({ corrected }) => corrected,
    {
      type: "boolean",
      description: "The provider corrected the result after it was counted; the counters keep the first one",
    },
  ],
];

export const runFields: readonly f.Field<StoredRun>[] = [
  ["id", ({ id }) => id, { ...f.positive, description: "Pipegauge's own id" }],
  ["source", ({ source }) => source, f.text],
  ["provider", ({ provider }) => provider, f.text],
  ["native_id", ({ nativeId }) => nativeId, { ...f.text, description: "The provider's id; `run_id` of an exemplar" }],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  [
    "title",
    ({ title }) => title,
    { ...f.nullableText, description: "What this run is called: GitLab's `workflow:name`, GitHub's run title" },
  ],
  ["number", (run) => run.number, { ...f.nullableText, description: "The number people know the run by" }],
  ["ref", ({ ref }) => ref, { ...f.nullableText, description: "Branch or tag" }],
  ["ref_kind", ({ refKind }) => refKind, { enum: ["branch", "tag", "merge_request", null] }],
  ["default_branch", ({ defaultBranch }) => defaultBranch, f.nullableBoolean],
  ["sha", ({ sha }) => sha, f.nullableText],
  ["trigger", ({ trigger }) => trigger, { ...f.nullableText, description: "What started it, in the provider's word" }],
  ["url", ({ url }) => httpUrl(url) ?? null, { ...f.nullableText, description: "The run's page at the provider" }],
  [
    "parent",
    ({ parent }) => parent,
    { ...f.nullableText, description: "native_id of the run that this one is a part of" },
  ],
  [
    "restart_of",
    ({ restartOf }) => restartOf,
    { ...f.nullableText, description: "native_id of the run that this one repeats" },
  ],
  [
    "state",
    ({ state }) => state,
    {
      enum: [...shownStates, null],
      description: `${stateDescription}; stale: unfinished, and no delivery about it for PIPEGAUGE_STALE_DAYS, native_status says what was told last; null while only jobs are known`,
    },
  ],
  ...progressFields,
  ["attempt", ({ attempt }) => attempt, f.positive],
  ["restarts", ({ restarts }) => restarts, { ...f.count, description: "Attempts after the first result" }],
  [
    "recovered",
    ({ recovered }) => recovered,
    { ...f.boolean, description: "Failed, then succeeded in a later attempt" },
  ],
  ["first_seen_at", ({ firstSeenAt }) => f.toIsoTime(firstSeenAt), f.time],
  ["updated_at", ({ updatedAt }) => f.toIsoTime(updatedAt), f.nullableTime],
];

const run = f.defineView(runFields);

const page = f.defineView<Page<StoredRun>>([
  ["runs", ({ items }) => items.map(run.render), f.arrayOf("Run")],
  ["next_cursor", ({ next }) => encodeCursor("runs", next), f.nextCursor],
]);

export const runSchemas = { Run: run.schema, RunPage: page.schema };

export const listRuns = defineEndpoint({
  id: "listRuns",
  path: "/api/v1/runs",
  summary: "Runs, the one that was first heard of last first",
  parameters: runsParameters,
  schema: "RunPage",
  answer: async (services, parameters) => page.render(await findRuns(services, parameters)),
});
