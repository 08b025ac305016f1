import type { Knex } from "knex";
import { AppError } from "../../errors.ts";
import { text } from "./columns.ts";
import { toRows, type Transaction } from "./transaction.ts";

/** Commands that take many transactions and store their progress in the database. */
export type Operation = "copy" | "rebuild" | "day_times";

const stored = text("state");

/** The stored progress of an operation; `undefined`: none is under way. */
export async function readProgress(knex: Knex, operation: Operation): Promise<string | undefined> {
  const [row] = toRows(await knex.raw("select state from maintenance where key = ?", [operation]));
  return row === undefined ? undefined : stored.read(row);
}

/** Begins an operation. Throws `unavailable` when another process has begun it. */
export async function beginOperation(knex: Knex, operation: Operation, state: string): Promise<void> {
  await knex.raw("insert into maintenance (key, state) values (?, ?) on conflict (key) do nothing", [operation, state]);
  if ((await readProgress(knex, operation)) !== state) throw createConflictError(operation);
}

/** Begins an operation, or takes it over from the process that runs it: the next `advance` of that process fails. */
export async function takeOverOperation(knex: Knex, operation: Operation, state: string): Promise<void> {
  await knex.raw(
    "insert into maintenance (key, state) values (?, ?) on conflict (key) do update set state = excluded.state",
    [operation, state],
  );
}

/**
 * The first statement of each transaction of an operation: it takes SQLite's write lock, and of two processes that run the
 * same operation only one succeeds. Returns false when this step was committed before, by a commit whose response was lost,
 * and must not be repeated. Throws `unavailable` when another process runs the operation.
 */
export async function advance(trx: Transaction, operation: Operation, from: string, to: string): Promise<boolean> {
  const moved = await trx.query("update maintenance set state = ? where key = ? and state = ? returning key", [
    to,
    operation,
    from,
  ]);
  if (moved.length > 0) return true;
  const [row] = await trx.query("select state from maintenance where key = ?", [operation]);
  if (row !== undefined && stored.read(row) === to) return false;
  throw createConflictError(operation);
}

function createConflictError(operation: Operation): AppError {
  return new AppError("unavailable", `another ${operation} is running on this database: this one has stopped`);
}

/** Deletes the progress of an operation that has finished. */
export async function endOperation(knex: Knex, operation: Operation, state: string): Promise<void> {
  await knex.raw("delete from maintenance where key = ? and state = ?", [operation, state]);
}
