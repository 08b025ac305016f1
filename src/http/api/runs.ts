import { toHttpUrl } from "../../adapters/url.ts";
import type { RefKind } from "../../core/model.ts";
import type { RunPage, StoredJob, StoredRun } from "../../core/store/index.ts";
import type { Services } from "../services.ts";
import { computeStaleBefore } from "../stale.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { cursor, limit, oneOfOr, runFilter, createChoices, text, time, timeForms, type Parsed } from "./parameters.ts";
import { runResults, shownStates } from "../../core/states.ts";

const runSortings = ["seen", "finished", "duration", "queue"] as const;

export const runsParameters = {
  ...runFilter,
  native_id: text("The provider's id of the run; unique together with `source`"),
  parent: text("native_id of the parent run: lists its children"),
  ref: text("Branch or tag"),
  search: text("A part of the name of project or pipeline; the case of A to Z is ignored"),
  sha: text("Commit, in full"),
  state: createChoices(shownStates, "One or more values, separated by commas"),
  result: createChoices(runResults, "One or more values, separated by commas"),
  since: time(`First seen at or after this time: ${timeForms}`),
  until: time(`First seen before this time: ${timeForms}`),
  sort: oneOfOr(
    runSortings,
    "seen",
    "Sort order (descending): `seen` (when the run was first seen), `finished`, `duration`, `queue`; runs without the value are left out",
  ),
  format: oneOfOr(
    ["json", "csv"],
    "json",
    "`csv`: a file with up to 50,000 rows (`limit`, default 10,000), as with `Accept: text/csv`",
  ),
  limit: limit(200, 50, "Runs per page"),
  cursor,
};

type Given = Parsed<typeof runsParameters>;
type RunsParameters = Omit<Given, "sort" | "format"> & Partial<Pick<Given, "sort" | "format">>;

/** Each order has cursors of its own: a page of one is no page of another. */
function nameList(sort: RunsParameters["sort"] = "seen") {
  return sort === "seen" ? "runs" : (`runs-by-${sort}` as const);
}

/** The cursor of the next page; `null` after the last page. */
export function encodeRunsCursor({ next }: RunPage, sort: RunsParameters["sort"]): string | null {
  return encodeCursor(nameList(sort), next);
}

/** Throws `invalid` for a wrong cursor. */
export function findRuns(services: Services, parameters: RunsParameters): Promise<RunPage> {
  const {
    native_id: nativeId,
    default_branch: defaultBranch,
    state,
    result,
    sort,
    format: _format,
    limit: max,
    cursor: from,
    ...plain
  } = parameters;
  const filter = { ...plain, nativeId, defaultBranch, states: state, results: result };
  const staleBefore = computeStaleBefore(services);
  const after = decodeCursor(nameList(sort), from);
  return services.store.read("runs", {
    filter,
    limit: max,
    after,
    staleBefore,
    sort: sort === "seen" ? undefined : sort,
  });
}

/** Kinds of a ref. */
export const refKinds = ["branch", "tag", "merge_request", "merge_queue"] as const satisfies readonly RefKind[];

/** What the states mean that runs and jobs share. */
export const stateDescription =
  "pending: waits for capacity; blocked: waits for a person or a scheduled time, see native_status";

/** What runs and jobs have in common. */
export const progressFields: readonly f.Field<StoredRun | StoredJob>[] = [
  ["result", ({ result }) => result, { enum: [...runResults, null] }],
  [
    "native_status",
    ({ nativeStatus }) => nativeStatus,
    { ...f.nullableText, description: "The provider's own status" },
  ],
  ["queued_at", ({ queuedAt }) => f.toIsoTime(queuedAt), f.nullableTime],
  ["started_at", ({ startedAt }) => f.toIsoTime(startedAt), f.nullableTime],
  ["finished_at", ({ finishedAt }) => f.toIsoTime(finishedAt), f.nullableTime],
  [
    "queue_seconds",
    ({ queueSeconds }) => queueSeconds,
    { ...f.nullableSeconds, description: "Time from queued to started" },
  ],
  [
    "duration_seconds",
    ({ durationSeconds }) => durationSeconds,
    { ...f.nullableSeconds, description: "Execution time" },
  ],
  [
    "corrected",
    ({ corrected }) => corrected,
    {
      type: "boolean",
      description: "The provider changed the result after it was counted; counters keep the first result",
    },
  ],
];

export const runFields: readonly f.Field<StoredRun>[] = [
  ["id", ({ id }) => id, { ...f.positive, description: "Pipegauge's id of the run" }],
  ["page_path", ({ id }) => `/ui/runs/${id}`, { ...f.text, description: "Path of its view on this server" }],
  ["source", ({ source }) => source, f.text],
  ["provider", ({ provider }) => provider, f.text],
  ["native_id", ({ nativeId }) => nativeId, { ...f.text, description: "The provider's id; `run_id` in exemplars" }],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  [
    "title",
    ({ title }) => title,
    {
      ...f.nullableText,
      description:
        "Display name: GitLab's `workflow:name` or the title of the merge request or commit; GitHub's run title",
    },
  ],
  ["number", (run) => run.number, { ...f.nullableText, description: "The provider's display number" }],
  ["ref", ({ ref }) => ref, { ...f.nullableText, description: "Branch or tag" }],
  ["ref_kind", ({ refKind }) => refKind, { enum: [...refKinds, null] }],
  ["default_branch", ({ defaultBranch }) => defaultBranch, f.nullableBoolean],
  ["sha", ({ sha }) => sha, f.nullableText],
  [
    "committed_at",
    ({ committedAt }) => f.toIsoTime(committedAt),
    { ...f.nullableTime, description: "Time of the commit by its author's clock, UTC" },
  ],
  ["change", ({ change }) => change, { ...f.nullableText, description: "Number of the merge request or pull request" }],
  ["trigger", ({ trigger }) => trigger, { ...f.nullableText, description: "Trigger event, as the provider names it" }],
  [
    "url",
    ({ url }) => toHttpUrl(url) ?? null,
    { ...f.nullableText, description: "Web page of the run at the provider" },
  ],
  ["parent", ({ parent }) => parent, { ...f.nullableText, description: "native_id of the parent run" }],
  [
    "restart_of",
    ({ restartOf }) => restartOf,
    { ...f.nullableText, description: "native_id of the run that this one reruns" },
  ],
  [
    "parent_job",
    ({ parentJob }) => parentJob,
    { ...f.nullableText, description: "native_id of the parent run's job that started this run" },
  ],
  ["started_by", ({ startedBy }) => startedBy, { enum: ["person", "bot", null] }],
  [
    "restarted_by",
    ({ restartedBy }) => restartedBy,
    { enum: ["person", "bot", null], description: "Who started the latest attempt, if it is a restart" },
  ],
  [
    "state",
    ({ state }) => state,
    {
      enum: [...shownStates, null],
      description: `${stateDescription}; stale: unfinished, and no delivery for PIPEGAUGE_STALE_DAYS, native_status is the last one received; null while only jobs are known`,
    },
  ],
  ...progressFields,
  ["attempt", ({ attempt }) => attempt, f.positive],
  ["restarts", ({ restarts }) => restarts, { ...f.count, description: "Attempts that began after the first result" }],
  [
    "recovered",
    ({ recovered }) => recovered,
    { ...f.boolean, description: "It failed and succeeded in a later attempt" },
  ],
  ["first_seen_at", ({ firstSeenAt }) => f.toIsoTime(firstSeenAt), f.time],
  ["updated_at", ({ updatedAt }) => f.toIsoTime(updatedAt), f.nullableTime],
];

const run = f.defineView(runFields);

const page = f.defineView<RunPage & { readonly sort: RunsParameters["sort"] }>([
  ["runs", ({ items }) => items.map(run.render), f.createArraySchema("Run")],
  ["next_cursor", (shown) => encodeRunsCursor(shown, shown.sort), f.nextCursor],
  [
    "truncated",
    ({ truncated }) => truncated,
    { ...f.boolean, description: "With `sort`: only the newest 20,000 runs that may match were sorted" },
  ],
]);

export const runSchemas = { Run: run.schema, RunPage: page.schema };

export const listRuns = defineEndpoint({
  id: "listRuns",
  path: "/api/v1/runs",
  summary: "Runs, most recently first seen first unless `sort` says otherwise",
  parameters: runsParameters,
  schema: "RunPage",
  file: "text/csv",
  respond: async (services, parameters) =>
    page.render({ ...(await findRuns(services, parameters)), sort: parameters.sort }),
});
