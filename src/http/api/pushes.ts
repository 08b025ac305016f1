import type { StoredPush } from "../../core/store/index.ts";
import { codeFilter, codePage, defineCodePage, identityFields, seenFields, shaDescription } from "./code-events.ts";
import { decodeCodeEventCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { runFilter, text } from "./parameters.ts";

const pushesParameters = {
  ...codeFilter,
  ref: text("Branch"),
  default_branch: {
    ...runFilter.default_branch,
    description: "true: only pushes to the default branch; false: only others",
  },
  sha: text(`Last commit of the branch after the push, ${shaDescription}`),
  ...codePage,
};

type Commit = readonly [sha: string, epochSeconds: number];

const commit = f.defineView<Commit>([
  ["sha", ([sha]) => sha, { ...f.text, description: "First 8 digits" }],
  [
    "committed_at",
    ([, seconds]) => f.toIsoTime(seconds * 1000),
    { ...f.time, description: "By its author's clock, UTC" },
  ],
]);

export const pushFields: readonly f.Field<StoredPush>[] = [
  ...identityFields,
  ["ref", ({ ref }) => ref, { ...f.nullableText, description: "Branch" }],
  ["default_branch", ({ defaultBranch }) => defaultBranch, f.nullableBoolean],
  [
    "before",
    ({ before }) => before,
    { ...f.nullableText, description: "Last commit before the push; null: the branch is new" },
  ],
  ["after", ({ after }) => after, { ...f.nullableText, description: "Last commit after the push" }],
  [
    "forced",
    ({ forced }) => forced,
    { ...f.nullableBoolean, description: "Commits were taken away; null: not reported" },
  ],
  [
    "commit_count",
    ({ commitCount }) => commitCount,
    { type: ["integer", "null"], minimum: 0, description: "Commits that were pushed" },
  ],
  [
    "commits",
    ({ commits }) => readCommits(commits).map(commit.render),
    { ...f.createArraySchema("PushedCommit"), description: "The newest of them, at most 40, the oldest first" },
  ],
  ...seenFields,
];

const push = f.defineView(pushFields);

/** Parses the stored JSON; none if it was cut to the size limit of its column. */
function readCommits(json: string | null): readonly Commit[] {
  try {
    return json === null ? [] : (JSON.parse(json) as readonly Commit[]);
  } catch {
    return [];
  }
}

const page = defineCodePage<"push">("pushes", "Push", push);

export const pushSchemas = { PushedCommit: commit.schema, Push: push.schema, PushPage: page.schema };

export const listPushes = defineEndpoint({
  id: "listPushes",
  path: "/api/v1/pushes",
  summary: "Pushes to branches, most recently first seen first",
  parameters: pushesParameters,
  schema: "PushPage",
  async respond({ store }, { cursor, limit, default_branch: defaultBranch, ...plain }) {
    const after = decodeCodeEventCursor("pushes", cursor);
    return page.render(await store.read("pushes", { filter: { ...plain, defaultBranch }, limit, after }));
  },
});
