import type { Row } from "../db/columns.ts";
import { jobKeyRowset, jobRowset, runKeyRowset, runRowset, wholeJobRowset } from "../db/rowsets.ts";
import {
  hasRareFacts,
  isOnlyLocked,
  toJobCells,
  readRunKey,
  toRunCells,
  toWholeJobCells,
  type RunIdentity,
} from "../db/rows.ts";
import type { Cell, Rowset } from "../db/rowset.ts";
import { runColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

/**
 * Reads the rows of the observed runs, and locks them until the commit. SQLite's write lock is already held; on PostgreSQL
 * each row is inserted or locked, always in the same order. A run that is not in the result is new.
 */
export async function lockRuns(
  trx: Transaction,
  observed: ReadonlyMap<string, RunIdentity>,
  now: number,
): Promise<Row[]> {
  const keys = [...observed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = await trx.write(
    runKeyRowset,
    keys.map(([, { source, run, provider }]) => [source, run, provider, now]),
    trx.bulk.engine === "sqlite" ? findRuns : makeOrLockRuns,
  );
  return rows.filter((row) => !isOnlyLocked(row));
}

function findRuns(from: string): string {
  return `select runs.* from ${from} join runs on runs.source = given.source and runs.native_id = given.native_id`;
}

function makeOrLockRuns(from: string, columns: string): string {
  return `insert into runs (${columns}) select ${columns} from ${from} where true
    on conflict (source, native_id) do update set source = excluded.source returning *`;
}

/** A wait that continues keeps the time at which it began; one that ended does not begin again. */
const stillWaiting = `case when excluded.waiting_since is not null
  then coalesce(runs.waiting_since, excluded.waiting_since) end`;
const runSet = runRowset.columns
  .filter((column) => !runKeyRowset.columns.includes(column))
  .map((column) => `${column} = ${column === "waiting_since" ? stillWaiting : `excluded.${column}`}`);

/** Writes locked runs and returns their ids by run key. */
export async function saveRuns(
  trx: Transaction,
  runs: readonly { identity: RunIdentity; record: RunRecord }[],
  now: number,
): Promise<Map<string, number>> {
  const rows = await trx.write(
    runRowset,
    runs.map(({ identity, record }) => toRunCells(identity, record, now)),
    (from, columns) => `
      insert into runs (${columns}) select ${columns} from ${from} where true
      on conflict (source, native_id) do update set ${runSet.join(", ")}
      returning id, source, native_id`,
  );
  return new Map(rows.map((row) => [readRunKey(row), runColumns.id.read(row)]));
}

export interface ChangedJob {
  readonly runId: number;
  readonly job: string;
  readonly record: JobRecord;
}

const updateJob = replaceOnConflict(jobRowset);
const updateWholeJob = replaceOnConflict(wholeJobRowset);

function replaceOnConflict({ columns }: Rowset): string {
  const changed = columns.filter((column) => !jobKeyRowset.columns.includes(column));
  return `on conflict (run_id, native_id) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}

/** Writes jobs of locked runs. Those with facts that few jobs have are written on their own, so that the others need no columns for them. */
export async function saveJobs(trx: Transaction, jobs: readonly ChangedJob[]): Promise<void> {
  const common: Cell[][] = [];
  const whole: Cell[][] = [];
  for (const { runId, job, record } of jobs) {
    if (hasRareFacts(record)) whole.push(toWholeJobCells(runId, job, record));
    else common.push(toJobCells(runId, job, record));
  }
  await trx.insert("jobs", jobRowset, common, updateJob);
  await trx.insert("jobs", wholeJobRowset, whole, updateWholeJob);
}
