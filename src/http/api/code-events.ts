import type { CodeEventKind } from "../../core/code-event.ts";
import type { CodeEventPage, StoredCodeEvent } from "../../core/store/index.ts";
import { encodeCodeEventCursor, type CodeEventList } from "./cursor.ts";
import * as f from "./fields.ts";
import { cursor, limit, runFilter, text, time, timeForms } from "./parameters.ts";

/** What the lists of deployments, changes and pushes have in common. */

/** What all are filtered by. */
export const codeFilter = {
  source: runFilter.source,
  provider: runFilter.provider,
  project: text("Repository, folder or namespace"),
};

/** The span and the place of a page. */
export const codePage = {
  since: time(`First seen at or after this time: ${timeForms}`),
  until: time(`First seen before this time: ${timeForms}`),
  limit: limit(200, 50, "Entries per page"),
  cursor,
};

export const shaDescription = "in full or its first digits";

type StoredFields = Pick<StoredCodeEvent<CodeEventKind>, "source" | "provider" | "nativeId" | "project">;

/** The fields that come first. */
export const identityFields: readonly f.Field<StoredFields>[] = [
  ["source", ({ source }) => source, f.text],
  ["provider", ({ provider }) => provider, f.text],
  [
    "native_id",
    ({ nativeId }) => nativeId,
    {
      ...f.text,
      description: "Unique in its source: the provider's id, at some providers after the host of the server",
    },
  ],
  ["project", ({ project }) => project, f.nullableText],
];

/** The fields that come last. */
export const seenFields: readonly f.Field<Pick<StoredCodeEvent<CodeEventKind>, "firstSeenAt" | "updatedAt">>[] = [
  ["first_seen_at", ({ firstSeenAt }) => f.toIsoTime(firstSeenAt), f.time],
  ["updated_at", ({ updatedAt }) => f.toIsoTime(updatedAt), f.nullableTime],
];

/** A page of one kind, which is called like its list; `schema` is the name of the schema of an item. */
export function defineCodePage<K extends CodeEventKind>(
  list: CodeEventList,
  schema: string,
  item: f.View<StoredCodeEvent<K>>,
): f.View<CodeEventPage<K>> {
  return f.defineView<CodeEventPage<K>>([
    [list, ({ items }) => items.map(item.render), f.createArraySchema(schema)],
    ["next_cursor", ({ next }) => encodeCodeEventCursor(list, next), f.nextCursor],
  ]);
}
