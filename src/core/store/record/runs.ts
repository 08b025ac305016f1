import type { Row } from "../db/columns.ts";
import { buildIdDefault } from "../db/partitions.ts";
import { jobKeyRowset, jobRowset, newRunRowset, runKeyRowset, runRowset, wholeJobRowset } from "../db/rowsets.ts";
import {
  hasRareFacts,
  toJobCells,
  readRunKey,
  toRunKey,
  toRunCells,
  toWholeJobCells,
  type RunIdentity,
} from "../db/rows.ts";
import type { Cell, Rowset } from "../db/rowset.ts";
import { runColumns } from "../db/tables.ts";
import { DuplicateRun } from "../db/duplicate-run.ts";
import type { Transaction } from "../db/transaction.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

/** Runs that no other transaction changes until the commit. */
export interface LockedRuns {
  /** Of those that are stored already. */
  readonly rows: readonly Row[];
  /** By run key, the ids that were set aside for the others. SQLite gives ids when runs are stored, and has none here. */
  readonly newIds: ReadonlyMap<string, number>;
}

/**
 * Reads the rows of the observed runs, and locks them until the commit. SQLite's write lock is already held; on PostgreSQL rows
 * are always locked in the same order, and runs that are not stored yet are stored by `saveRuns`, which fails where
 * another transaction did so meanwhile.
 */
export async function lockRuns(
  trx: Transaction,
  observed: ReadonlyMap<string, RunIdentity>,
  partitioned: boolean,
): Promise<LockedRuns> {
  const keys = [...observed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const found = await trx.write(
    runKeyRowset,
    keys.map(([, { source, run, provider }]) => [source, run, provider, 0]),
    trx.bulk.engine === "sqlite" ? findRuns : partitioned ? findAndLockByMonth : findAndLock,
  );
  const isNew = (row: Row) => row[runColumns.versionEpoch.name] === null;
  const newIds = new Map(found.filter(isNew).map((row) => [readRunKey(row), runColumns.id.read(row)]));
  return { rows: newIds.size === 0 ? found : found.filter((row) => !isNew(row)), newIds };
}

function findRuns(from: string): string {
  return `select runs.* from ${from} join runs on runs.source = given.source and runs.native_id = given.native_id`;
}

/** The subquery is not joined, so that rows are locked in the order of what is given. A column that is named twice is the later one. */
const buildFindAndLock = (newId: string) => (from: string) =>
  `select found.*, given.source, given.native_id, coalesce(found.id, ${newId}) as id
    from ${from} left join lateral (
      select * from runs where runs.source = given.source and runs.native_id = given.native_id for no key update
    ) as found on true`;

const runSequence = "runs_id_seq";
const findAndLock = buildFindAndLock(`nextval('${runSequence}')`);
/** The ids are those that the column would get by itself. */
const findAndLockByMonth = buildFindAndLock(buildIdDefault(runSequence));

/** A wait that continues keeps the time at which it began; one that ended does not begin again. */
const stillWaiting = `case when excluded.waiting_since is not null
  then coalesce(runs.waiting_since, excluded.waiting_since) end`;
const runSet = runRowset.columns
  .filter((column) => !runKeyRowset.columns.includes(column))
  .map((column) => `${column} = ${column === "waiting_since" ? stillWaiting : `excluded.${column}`}`);

const replaceRun = `on conflict (source, native_id) do update set ${runSet.join(", ")}`;

export interface RunRow {
  readonly identity: RunIdentity;
  readonly record: RunRecord;
}

/** Writes locked runs and returns their ids by run key. */
export async function saveRuns(
  trx: Transaction,
  runs: readonly RunRow[],
  { rows, newIds }: LockedRuns,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const toCells = ({ identity, record }: RunRow) => toRunCells(identity, record, now);
  const ids = new Map([...newIds, ...rows.map((row) => [readRunKey(row), runColumns.id.read(row)] as const)]);
  if (trx.insertEach !== undefined) {
    const { insertEach } = trx;
    const isStored = ({ identity }: RunRow) => ids.has(toRunKey(identity));
    const added = runs.filter((run) => !isStored(run));
    insertEach("runs", runRowset, runs.filter(isStored).map(toCells), replaceRun);
    // Without a clause for a run that is stored the insert fails, and no other run's id is taken for its own.
    const inserted = insertEach("runs", runRowset, added.map(toCells), "");
    for (const [i, { identity }] of added.entries()) ids.set(toRunKey(identity), Number(inserted[i]?.lastInsertRowid));
    return ids;
  }
  const [added, existing]: [Cell[][], Cell[][]] = [[], []];
  for (const run of runs) {
    const id = newIds.get(toRunKey(run.identity));
    if (id === undefined) existing.push(toCells(run));
    else added.push([id, ...toCells(run)]);
  }
  await trx.insert("runs", runRowset, existing, replaceRun);
  await trx.insertNew("runs", newRunRowset, added, () => new DuplicateRun());
  return ids;
}

export interface ChangedJob {
  readonly runId: number;
  readonly job: string;
  readonly record: JobRecord;
  /** The run was created in this transaction, so none of its jobs can be stored yet. */
  readonly isNewRun: boolean;
}

const updateJob = replaceOnConflict(jobRowset);
const updateWholeJob = replaceOnConflict(wholeJobRowset);

function replaceOnConflict({ columns }: Rowset): string {
  const changed = columns.filter((column) => !jobKeyRowset.columns.includes(column));
  return `on conflict (run_id, native_id) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}

interface JobCells {
  readonly common: Cell[][];
  readonly whole: Cell[][];
}

/** Writes jobs of locked runs. Those with facts that few jobs have are written on their own, so that the others need no columns for them. */
export async function saveJobs(trx: Transaction, jobs: readonly ChangedJob[]): Promise<void> {
  const added: JobCells = { common: [], whole: [] };
  const existing: JobCells = { common: [], whole: [] };
  for (const { runId, job, record, isNewRun } of jobs) {
    const { common, whole } = isNewRun ? added : existing;
    if (hasRareFacts(record)) whole.push(toWholeJobCells(runId, job, record));
    else common.push(toJobCells(runId, job, record));
  }
  await trx.insert("jobs", jobRowset, added.common);
  await trx.insert("jobs", wholeJobRowset, added.whole);
  await trx.insert("jobs", jobRowset, existing.common, updateJob);
  await trx.insert("jobs", wholeJobRowset, existing.whole, updateWholeJob);
}
