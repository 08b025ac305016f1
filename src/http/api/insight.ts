import type { Findings } from "../../answers/answer.ts";
import type { Answered, AnswerQuery } from "../../core/store/index.ts";
import { dayMillis, type Millis } from "../../core/time.ts";
import type { Services } from "../services.ts";
import { decodeCursor, encodeCursor, type CursorList } from "./cursor.ts";
import { defineEndpoint, type Endpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { cursor, limit, runFilter, text, time, timeForms, type Parameters, type Parsed } from "./parameters.ts";
import { resolveSpan } from "./span.ts";

const defaultDays = 14;

/** What selects the runs that an insight is about. */
export const insightFilter = { ...runFilter, ref: text("Branch or tag") };

const commonParameters = {
  ...insightFilter,
  since: time(`Finished at or after this time: ${timeForms}; default: ${defaultDays} days before until`),
  until: time(`Finished before this time: ${timeForms}; default: now. At most 92 days after since`),
  limit: limit(1000, 100, "Items per page"),
  cursor,
};

/** What all insights answer with, around their items. */
interface Insight<Item> extends Findings<Item>, Pick<Answered<Item>, "since" | "until" | "exact" | "errorBound"> {
  readonly next: readonly number[] | undefined;
}

interface Definition<Item, P extends Parameters> {
  /** The last part of the path, and the name of the list in cursors. */
  readonly name: CursorList;
  /** `operationId` in openapi.json. */
  readonly id: string;
  readonly summary: string;
  /** One sentence: what exactly is counted. */
  readonly definition: string;
  /** Parameters besides the filters and the span that all insights have. */
  readonly parameters: P;
  readonly item: f.View<Item>;
  /** Name of the schema of an item; that of the answer is the same with `Page`. */
  readonly schema: string;
  readonly find: (
    services: Services,
    query: AnswerQuery,
    parameters: Parsed<P>,
  ) => Promise<Findings<Item> & Partial<Answered<Item>>>;
}

/** An endpoint of the read API with its schemas. */
export interface DefinedInsight {
  readonly endpoint: Endpoint;
  readonly schemas: Readonly<Record<string, f.View<never>["schema"]>>;
}

/** Defines `GET /api/v1/insights/<name>`: filters and pages like those of runs, and one envelope around the items. */
export function defineInsight<Item, P extends Parameters>(insight: Definition<Item, P>): DefinedInsight {
  const { name, id, summary, definition, parameters: own, item, schema, find } = insight;
  const page = f.defineView<Insight<Item>>([
    ["definition", () => definition, { ...f.text, description: "What exactly is counted" }],
    ["since", ({ since }) => f.toIsoTime(since), f.time],
    ["until", ({ until }) => f.toIsoTime(until), f.time],
    [
      "exact",
      ({ exact }) => exact,
      { ...f.boolean, description: "True if every figure follows from each run of the span" },
    ],
    [
      "error_bound",
      ({ errorBound }) => errorBound,
      { type: ["number", "null"], minimum: 0, description: "Greatest relative error; null if exact" },
    ],
    ["runs", ({ runs }) => runs, { ...f.count, description: "Runs that the items are computed from" }],
    ["jobs", ({ jobs }) => jobs, { ...f.count, description: "Jobs that the items are computed from" }],
    ["items", ({ items }) => items.map(item.render), f.createArraySchema(schema)],
    ["next_cursor", ({ next }) => encodeCursor(name, next), f.nextCursor],
  ]);
  const endpoint = defineEndpoint({
    id,
    path: `/api/v1/insights/${name}`,
    summary,
    parameters: { ...commonParameters, ...own },
    schema: `${schema}Page`,
    async respond(services, parsed) {
      const parameters = parsed as Parsed<typeof commonParameters> & Parsed<P>;
      const { offset, ...span } = readPlace(name, parameters, services.clock());
      const filter = pickFilter(parameters);
      const { items, ...findings } = await find(services, { ...span, filter }, parameters);
      const end = offset + parameters.limit;
      const next = end < items.length ? [end, span.since, span.until] : undefined;
      // A large span is widened to whole days, and the answer says so.
      return page.render({
        exact: true,
        errorBound: null,
        ...span,
        ...findings,
        items: items.slice(offset, end),
        next,
      });
    },
  });
  return { endpoint, schemas: { [schema]: item.schema, [`${schema}Page`]: page.schema } };
}

/** Where a page begins. A cursor holds the span of the first page, because `now` and ages would move it. */
function readPlace(name: CursorList, parameters: Parsed<typeof commonParameters>, now: Millis) {
  const position = decodeCursor(name, parameters.cursor);
  const [offset = 0, since, until] = position ?? [];
  const given = position === undefined ? parameters : { since, until };
  return { offset, ...resolveSpan(given, now, defaultDays * dayMillis) };
}

export function pickFilter(parameters: Parsed<typeof insightFilter>): AnswerQuery["filter"] {
  const { source, provider, project, pipeline, ref, default_branch: defaultBranch } = parameters;
  return { source, provider, project, pipeline, ref, defaultBranch };
}
