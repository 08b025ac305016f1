import type { Connection } from "../db/connect.ts";
import { hoursOfDay, partialVersion, type PartialAnswer } from "../db/partial-answers.ts";
import { runSqliteTransaction } from "../db/sqlite-transaction.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";

/** Partial answers to store, and those that are out of date. */
export interface PartialChange {
  readonly partials: readonly PartialAnswer[];
  /** What begins before this hour is deleted. */
  readonly deleteBefore: number;
}

/** Stores them in the place of older ones, in one transaction; those of days also in the place of those of their hours. */
export async function savePartialAnswers(connection: Connection, change: PartialChange): Promise<void> {
  const { partials, deleteBefore } = change;
  const save = async (trx: Transaction) => {
    await trx.query("delete from partial_answers where hour < ?", [deleteBefore]);
    for (const partial of partials) await savePartial(trx, partial);
  };
  if (connection.engine === "sqlite") return runSqliteTransaction(connection, save);
  return connection.knex.transaction((trx) => save(wrapTransaction(trx, connection.bulk)));
}

async function savePartial(trx: Transaction, partial: PartialAnswer): Promise<void> {
  const { answer, hours, hour, runs, moments, state } = partial;
  if (hours === hoursOfDay) {
    await trx.query("delete from partial_answers where answer = ? and hours = 1 and hour >= ? and hour < ?", [
      answer,
      hour,
      hour + hours,
    ]);
  }
  await trx.query(
    `insert into partial_answers (answer, hours, hour, version, runs, moments, state) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (answer, hours, hour) do update set version = excluded.version, runs = excluded.runs,
       moments = excluded.moments, state = excluded.state`,
    [answer, hours, hour, partialVersion, runs, moments, state],
  );
}
