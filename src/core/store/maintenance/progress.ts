import type { Knex } from "knex";
import { AppError } from "../../errors.ts";
import { text } from "../db/columns.ts";
import { toRows, type Transaction } from "../db/transaction.ts";

/** Commands that take many transactions and note in the database how far they are. */
export type Chore = "copy" | "rebuild";

const stored = text("state");

/** What the command noted last; `undefined` where it is not at work. */
export async function choreState(knex: Knex, chore: Chore): Promise<string | undefined> {
  const [row] = toRows(await knex.raw("select state from maintenance where key = ?", [chore]));
  return row === undefined ? undefined : stored.read(row);
}

/** Begins a chore. Throws `unavailable` when another process has begun it. */
export async function beginChore(knex: Knex, chore: Chore, state: string): Promise<void> {
  await knex.raw("insert into maintenance (key, state) values (?, ?) on conflict (key) do nothing", [chore, state]);
  if ((await choreState(knex, chore)) !== state) throw taken(chore);
}

/** Begins a chore, or takes it away from the process that is at it: the next `advance` of that one fails. */
export async function claimChore(knex: Knex, chore: Chore, state: string): Promise<void> {
  await knex.raw(
    "insert into maintenance (key, state) values (?, ?) on conflict (key) do update set state = excluded.state",
    [chore, state],
  );
}

/**
 * The first statement of each of a chore's transactions: SQLite's write lock is taken, and of two that are at the same
 * chore only one gets on. False: this step was done before, by a commit whose answer was lost, and must not be done
 * again. Throws `unavailable` when somebody else is at it.
 */
export async function advance(trx: Transaction, chore: Chore, from: string, to: string): Promise<boolean> {
  const moved = await trx.query("update maintenance set state = ? where key = ? and state = ? returning key", [
    to,
    chore,
    from,
  ]);
  if (moved.length > 0) return true;
  const [row] = await trx.query("select state from maintenance where key = ?", [chore]);
  if (row !== undefined && stored.read(row) === to) return false;
  throw taken(chore);
}

function taken(chore: Chore): AppError {
  return new AppError("unavailable", `another ${chore} is at work on this database: this one has stopped`);
}

/** Forgets a chore that is done. */
export async function endChore(knex: Knex, chore: Chore, state: string): Promise<void> {
  await knex.raw("delete from maintenance where key = ? and state = ?", [chore, state]);
}
