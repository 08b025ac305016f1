import type { CodeEvent, CodeEventKind } from "../../code-event.ts";
import { merge, toFolded, type Folded } from "../../merge.ts";
import type { Millis } from "../../time.ts";
import { codeEventKey, codeEventRecordColumns, codeEventTables, type CodeEventTable } from "../db/code-event-tables.ts";
import type { Row } from "../db/columns.ts";
import { putFacts, readFacts } from "../db/fact-columns.ts";
import type { Cell } from "../db/rowset.ts";
import { versionColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";

/** A code event's identity, what is stored of it, and what it is with the deliveries of this batch. */
interface Merged {
  readonly event: CodeEvent;
  readonly before: Folded<object> | undefined;
  after: Folded<object> | undefined;
}

/**
 * Merges code events into their stored rows. The rows are locked table by table and in the order of their keys, before those of
 * runs, so that replicas cannot deadlock. A delivery that adds nothing writes nothing.
 */
export async function saveCodeEvents(trx: Transaction, events: readonly CodeEvent[], now: Millis): Promise<void> {
  for (const kind of Object.keys(codeEventTables) as CodeEventKind[]) {
    const some = events.filter((event) => event.kind === kind);
    if (some.length > 0) await saveKind(trx, codeEventTables[kind] as CodeEventTable, some, now);
  }
}

async function saveKind(
  trx: Transaction,
  table: CodeEventTable,
  events: readonly CodeEvent[],
  now: Millis,
): Promise<void> {
  const all = new Map<string, Merged>();
  const stored = await lock(trx, table, events, now);
  for (const event of events) {
    const key = toKey(event.source, event.id);
    const merged = all.get(key) ?? { event, before: stored.get(key), after: stored.get(key) };
    const observed = toFolded<object>(event);
    merged.after = merged.after === undefined ? observed : merge(merged.after, observed);
    all.set(key, merged);
  }
  const changed = [...all.values()].filter(({ before, after }) => after !== before);
  await trx.write(
    table.rows,
    changed.map(({ event, after }) => toCells(table, event, after as Folded<object>, now)),
    (from, columns) => `
      insert into ${table.table} (${columns}) select ${columns} from ${from} where true
      on conflict (${codeEventKey.join(", ")}) do update set ${listChanged(table).join(", ")}`,
  );
}

function listChanged({ rows, keys }: CodeEventTable): string[] {
  return rows.columns
    .filter((column) => !keys.columns.includes(column))
    .map((column) => `${column} = excluded.${column}`);
}

/** Reads the stored events. SQLite's write lock is already held; on PostgreSQL each row is inserted or locked. */
async function lock(
  trx: Transaction,
  { table, keys, fields }: CodeEventTable,
  events: readonly CodeEvent[],
  now: Millis,
): Promise<Map<string, Folded<object>>> {
  const identities = new Map(events.map((event) => [toKey(event.source, event.id), event]));
  const sorted = [...identities].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = await trx.write(
    keys,
    sorted.map(([, { source, id, provider }]) => [source, id, provider, now]),
    (from, columns) =>
      trx.bulk.engine === "sqlite"
        ? `select t.* from ${from} join ${table} as t on t.source = given.source and t.native_id = given.native_id`
        : `insert into ${table} (${columns}) select ${columns} from ${from} where true
           on conflict (${codeEventKey.join(", ")}) do update set source = excluded.source returning *`,
  );
  // A row that this transaction inserted to lock it has no version yet.
  const filled = rows.filter((row) => row[versionColumns.versionEpoch.name] !== null);
  return new Map(
    filled.map((row) => [
      toKey(codeEventRecordColumns.source.read(row), codeEventRecordColumns.nativeId.read(row)),
      { ...readVersions(row), facts: readFacts(row, fields), queuedAt: undefined, startedAt: undefined },
    ]),
  );
}

function readVersions(row: Row): Pick<Folded<object>, "version" | "versions"> {
  const { versionEpoch, versionClock, versionRank, older } = versionColumns;
  return {
    version: { epoch: versionEpoch.read(row), clock: versionClock.read(row), rank: versionRank.read(row) },
    versions: older.read(row) ?? undefined,
  };
}

/** The cells of the table's `rows`, in its order. */
function toCells({ fields }: CodeEventTable, event: CodeEvent, state: Folded<object>, now: Millis): Cell[] {
  const { version, versions } = state;
  const cells: Cell[] = [event.source, event.id, event.provider, now, now];
  const unstated = putFacts(cells, cells.length, state, fields);
  const older = versions === undefined ? null : JSON.stringify(versions);
  cells.push(version.epoch, version.clock, version.rank, unstated, older);
  return cells;
}

function toKey(source: string, id: string): string {
  return `${source}\u0001${id}`;
}
