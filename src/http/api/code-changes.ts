import type { StoredChange } from "../../core/store/index.ts";
import type { ChangeFacts } from "../../core/code-event.ts";
import { codeFilter, codePage, defineCodePage, identityFields, seenFields, shaDescription } from "./code-events.ts";
import { decodeCodeEventCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { createChoices, text } from "./parameters.ts";

const statuses = ["open", "merged", "closed"] as const satisfies readonly ChangeFacts["status"][];

const changesParameters = {
  ...codeFilter,
  number: text("Number of the merge request or pull request, unique in its project"),
  target: text("Branch into which it is merged"),
  sha: text(`Its last commit, or the commit that merged it, ${shaDescription}`),
  state: createChoices(statuses, "One or more values, separated by commas"),
  ...codePage,
};

export const changeFields: readonly f.Field<StoredChange>[] = [
  ...identityFields,
  ["number", ({ number }) => number, f.nullableText],
  ["target", ({ target }) => target, { ...f.nullableText, description: "Branch into which it is merged" }],
  ["state", ({ status }) => status, { enum: [...statuses, null] }],
  ["draft", ({ draft }) => draft, f.nullableBoolean],
  ["revert", ({ revert }) => revert, { ...f.nullableBoolean, description: "It takes back an earlier change" }],
  [
    "hotfix",
    ({ hotfix }) => hotfix,
    { ...f.nullableBoolean, description: "An urgent repair, by its labels or its branch" },
  ],
  ["opened_at", ({ openedAt }) => f.toIsoTime(openedAt), f.nullableTime],
  ["merged_at", ({ mergedAt }) => f.toIsoTime(mergedAt), f.nullableTime],
  [
    "merge_sha",
    ({ mergeSha }) => mergeSha,
    { ...f.nullableText, description: "Commit that the merge made on the target branch" },
  ],
  ["head_sha", ({ headSha }) => headSha, { ...f.nullableText, description: "Its last commit" }],
  [
    "head_committed_at",
    ({ headCommittedAt }) => f.toIsoTime(headCommittedAt),
    { ...f.nullableTime, description: "Time of its last commit by its author's clock, UTC" },
  ],
  ...seenFields,
];

const change = f.defineView(changeFields);

const page = defineCodePage<"change">("changes", "CodeChange", change);

export const codeChangeSchemas = { CodeChange: change.schema, CodeChangePage: page.schema };

export const listCodeChanges = defineEndpoint({
  id: "listCodeChanges",
  path: "/api/v1/changes",
  summary: "Merge requests and pull requests, most recently first seen first",
  parameters: changesParameters,
  schema: "CodeChangePage",
  async respond({ store }, { cursor, limit, state, ...plain }) {
    const filter = { ...plain, statuses: state };
    const after = decodeCodeEventCursor("changes", cursor);
    return page.render(await store.read("codeChanges", { filter, limit, after }));
  },
});
