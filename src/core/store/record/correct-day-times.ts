import type { Connection } from "../db/connect.ts";
import { buildAddition } from "../db/day-times.ts";
import { advance } from "../db/progress.ts";
import type { Cell } from "../db/rowset.ts";
import { dayTimeRowset } from "../db/rowsets.ts";
import { runSqliteTransaction } from "../db/sqlite-transaction.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";

/** A step of a comparison of the day cube: see `advance` for `now` and `next`. */
export interface CubeChange {
  readonly now: string;
  readonly next: string;
  /** Rows of the day cube to add. */
  readonly rows: readonly (readonly number[])[];
}

/** Adds what the day cube lacks, in one transaction; without rows it stores the step alone. Throws `unavailable` when another process compares it now. */
export async function correctDayTimes(connection: Connection, { now, next, rows }: CubeChange): Promise<void> {
  const correct = async (trx: Transaction) => {
    if (!(await advance(trx, "day_times", now, next)) || rows.length === 0) return;
    await trx.change(
      dayTimeRowset,
      rows.map(([day = 0, series = 0, bucket = 0, count = 0, millis = 0]): Cell[] => [
        day,
        series,
        bucket,
        0,
        count,
        millis,
      ]),
      (from, columns) => buildAddition(columns, `select ${columns} from ${from} where true`),
    );
  };
  if (connection.engine === "sqlite") return runSqliteTransaction(connection, correct);
  return connection.knex.transaction((trx) => correct(wrapTransaction(trx, connection.bulk)));
}
