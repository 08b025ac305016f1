import type { Knex } from "knex";
import type { CodeEventKind } from "../../code-event.ts";
import { codeEventRecordColumns, codeEventTables, shownCodeEventColumns } from "../db/code-event-tables.ts";
import { createDecoder, listNames, pickColumns, type Row } from "../db/columns.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { toRows } from "../db/transaction.ts";
import type {
  CodeEventFilters,
  CodeEventPage,
  CodeEventPosition,
  CodeEventsQuery,
  StoredCodeEvent,
  StoredDeployment,
} from "./code-event-types.ts";
import type { Reading } from "./context.ts";
import { scanMax, type StoredRun } from "./types.ts";

const placeColumns = pickColumns(codeEventRecordColumns, "firstSeenAt", "source", "nativeId");
const decodePlace = createDecoder(placeColumns);

/** A condition in SQL that no index covers. */
type Condition = readonly [sql: string, values: readonly (string | number | boolean)[]];

/** The conditions of each kind besides project and time. As expressions, so that no planner leaves the index in list order. */
const conditions: { readonly [K in CodeEventKind]: (filter: CodeEventFilters[K]) => readonly Condition[] } = {
  deployment: ({ environment, tier, ref, sha, states, results }) => [
    ...matchAll({ environment, tier, ref }),
    ...matchCommit(["sha"], sha),
    ...matchAny("state", states),
    ...matchAny("result", results),
  ],
  change: ({ number, target, sha, statuses }) => [
    ...matchAll({ number, target }),
    ...matchCommit(["head_sha", "merge_sha"], sha),
    ...matchAny("status", statuses),
  ],
  push: ({ ref, sha, defaultBranch }) => [
    ...matchAll({ ref }),
    ...matchCommit(["after_sha"], sha),
    ...(defaultBranch === undefined ? [] : [["default_branch = ?", [defaultBranch]] as const]),
  ],
};

function matchAll(values: Readonly<Record<string, string | undefined>>): readonly Condition[] {
  return Object.entries(values).flatMap(([column, value]) =>
    value === undefined ? [] : [[`coalesce(${column}, '') = ?`, [value]] as const],
  );
}

function matchAny(column: string, values: readonly string[] | undefined): readonly Condition[] {
  if (values === undefined) return [];
  return [[`coalesce(${column}, '') in (${values.map(() => "?").join(", ")})`, values]];
}

/** One of the columns is this commit. What is asked for and what is stored may be the first digits of a commit. */
function matchCommit(columns: readonly string[], sha: string | undefined): readonly Condition[] {
  if (sha === undefined) return [];
  const alternatives = columns.map(
    (column) => `substr(${column}, 1, ${sha.length}) = ? or substr(?, 1, length(${column})) = ${column}`,
  );
  return [[`(${alternatives.join(" or ")})`, columns.flatMap(() => [sha, sha])]];
}

/**
 * Code events of one kind, the last first seen first. They are ordered by what no later delivery changes, so that pages stay
 * stable. One index is followed, that of all or that of the project, and a limited number of rows is scanned.
 */
export async function listCodeEvents<K extends CodeEventKind>(
  { trx, engine }: Reading,
  kind: K,
  { filter, limit, after }: CodeEventsQuery<K>,
): Promise<CodeEventPage<K>> {
  const decode = createRowDecoder(kind);
  const range = followIndex(trx, engine, kind, filter, after);
  const narrow = [...matchAll({ source: filter.source, provider: filter.provider }), ...conditions[kind](filter)];
  const last = narrow.length === 0 ? undefined : await findLastScanned(range());
  const query = range(last).limit(limit + 1);
  for (const [sql, values] of narrow) query.whereRaw(sql, [...values]);
  const items = toRows(await query.select(listNames(shownCodeEventColumns[kind]))).map(decode);
  const end = items.length > limit ? items[limit - 1] : last;
  return { items: items.slice(0, limit), next: end === undefined ? undefined : toPosition(end) };
}

/** The last of the rows that one request scans. */
async function findLastScanned(range: Knex.QueryBuilder): Promise<CodeEventPosition | undefined> {
  const [row] = toRows(
    await range
      .offset(scanMax - 1)
      .limit(1)
      .select(listNames(placeColumns)),
  );
  return row === undefined ? undefined : decodePlace(row);
}

/**
 * The rows after a position and up to `last`, in the order of the index. One bound on each side: of two, SQLite stops at the first
 * one, and reads on to it over all rows that the other one leaves out.
 */
function followIndex<K extends CodeEventKind>(
  trx: Knex,
  engine: Engine,
  kind: K,
  { project, since = 0, until = Number.MAX_SAFE_INTEGER }: CodeEventFilters[K],
  after: CodeEventPosition | undefined,
): (last?: CodeEventPosition) => Knex.QueryBuilder {
  const names = ["first_seen_at", inByteOrder(engine, "source"), inByteOrder(engine, "native_id")];
  const columns = `(${names.join(", ")})`;
  return (last) => {
    const query = trx(codeEventTables[kind].table).orderByRaw(names.map((name) => `${name} desc`).join(", "));
    if (project !== undefined) query.where("project", project);
    if (last === undefined) query.where("first_seen_at", ">=", since);
    else query.whereRaw(`${columns} >= (?, ?, ?)`, toBindings(last));
    if (after === undefined || after.firstSeenAt >= until) query.where("first_seen_at", "<", until);
    else query.whereRaw(`${columns} < (?, ?, ?)`, toBindings(after));
    return query;
  };
}

function createRowDecoder<K extends CodeEventKind>(kind: K): (row: Row) => StoredCodeEvent<K> {
  return createDecoder(shownCodeEventColumns[kind]) as (row: Row) => StoredCodeEvent<K>;
}

function toPosition({ firstSeenAt, source, nativeId }: CodeEventPosition): CodeEventPosition {
  return { firstSeenAt, source, nativeId };
}

function toBindings({ firstSeenAt, source, nativeId }: CodeEventPosition): [number, string, string] {
  return [firstSeenAt, source, nativeId];
}

/** More than any run has. */
const deploymentsMax = 200;

/** The deployments of a run: those that name it, and those that name one of its jobs, because GitLab's name no pipeline. */
export async function readDeployments(
  { trx, engine }: Reading,
  { source, nativeId, project }: Pick<StoredRun, "source" | "nativeId" | "project">,
  jobs: readonly string[],
): Promise<StoredDeployment[]> {
  const find = () =>
    trx("deployments")
      .where("source", source)
      .whereRaw("coalesce(project, '') = ?", [project ?? ""])
      .select(listNames(shownCodeEventColumns.deployment));
  const query = find().where("run", nativeId);
  if (jobs.length > 0) query.union(find().whereIn("job", [...jobs]));
  const rows = await trx
    .from(query.as("found"))
    .orderByRaw(`first_seen_at, ${inByteOrder(engine, "native_id")}`)
    .limit(deploymentsMax)
    .select("*");
  return toRows(rows).map(createRowDecoder("deployment"));
}
