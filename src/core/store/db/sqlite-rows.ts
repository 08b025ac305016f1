import type { Database, Statement } from "better-sqlite3";
import type { Row } from "./columns.ts";

type ArrayStatement = Statement<unknown[], unknown[]>;

/** The columns of statements as they are in one version of the database's schema. */
interface CachedColumns {
  readonly schema: unknown;
  readonly names: WeakMap<ArrayStatement, readonly string[]>;
}

const cachedByDatabase = new WeakMap<Database, CachedColumns>();

/**
 * Reads rows as arrays and makes the objects here: of wide rows, such as a job's with its thirty columns, the driver makes
 * objects in twice the time. Call it in a transaction, in which the schema stays as it is.
 */
export function readRows(database: Database, statement: ArrayStatement, bindings: readonly unknown[]): Row[] {
  const rows = readArrays(statement, bindings);
  if (rows.length === 0) return [];
  const names = getNames(database, statement);
  return rows.map((cells) => {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) row[names[i] as string] = cells[i];
    return row;
  });
}

/**
 * A migration of a newer version changes the columns of a `select *` while this process runs, perhaps without changing their
 * number. SQLite counts changes of the schema: https://www.sqlite.org/pragma.html#pragma_schema_version. Call it after the
 * statement has run, which is when SQLite compiles it anew.
 */
function getNames(database: Database, statement: ArrayStatement): readonly string[] {
  const schema = database.prepare<[]>("pragma schema_version").pluck().get();
  let cached = cachedByDatabase.get(database);
  if (cached === undefined || cached.schema !== schema)
    cachedByDatabase.set(database, (cached = { schema, names: new WeakMap() }));
  let names = cached.names.get(statement);
  if (names === undefined) cached.names.set(statement, (names = statement.columns().map(({ name }) => name)));
  return names;
}

/** Knex may run the same statement, which is cached by its text, and wants objects. */
function readArrays(statement: ArrayStatement, bindings: readonly unknown[]): unknown[][] {
  statement.raw(true);
  try {
    return statement.all(...bindings);
  } finally {
    statement.raw(false);
  }
}
