import { aheadMax } from "../../sender-clock.ts";
import type { Millis } from "../../time.ts";
import { bigint } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";

/** Runs of a span up to which its jobs are read one by one: in about two seconds. */
export const exactRunsMax = 70_000;

export interface RunsLimit {
  readonly since: Millis;
  readonly max: number;
}

/** Counts along the index by which the runs would be read, and no further than is needed: at most some milliseconds. */
export async function hasManyRuns({ trx }: Reading, { since, max }: RunsLimit): Promise<boolean> {
  const some = `select 1 from runs where updated_at >= ? limit ${max + 1}`;
  const [row = {}] = toRows(await trx.raw(`select count(*) as count from (${some}) as counted`, [since - aheadMax]));
  return bigint("count").read(row) > max;
}
