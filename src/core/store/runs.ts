import type { Observation } from "../model.ts";
import type { RunRecord } from "../project.ts";
import type { JobRecord } from "../project-jobs.ts";
import type { TaskType } from "../model.ts";
import { jobInput, runIdInput, runInput, runKeyInput } from "./inputs.ts";
import { completionOf, isFresh, jobCells, knownJob, knownRun, runCells, type Row, type RunIdentity } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** What one statement or the program itself calls a run: its source and native id. */
export function runKey({ source, run }: Pick<Observation, "source" | "run">): string {
  return `${source}\u0001${run}`;
}

/**
 * Reads what is known of the observed runs, and makes sure that nobody else changes them until the commit. SQLite's
 * write lock is already held; on PostgreSQL each row is made or locked, always in the same order. A run that is not in
 * the answer is new.
 */
export async function lockRuns(
  trx: Transaction,
  observed: ReadonlyMap<string, RunIdentity>,
  now: number,
): Promise<Map<string, RunRecord>> {
  const keys = [...observed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = await trx.write(
    runKeyInput,
    keys.map(([, { source, run, provider }]) => [source, run, provider, now]),
    trx.bulk.engine === "sqlite" ? findRuns : makeOrLockRuns,
  );
  const known = rows.filter((row) => !isFresh(row));
  if (known.length === 0) return new Map();
  const ids = known.map((row) => [Number(row["id"])]);
  const of = (table: string) => (from: string) =>
    `select t.* from ${from} join ${table} as t on t.run_id = given.run_id`;
  const jobs = group(await trx.write(runIdInput, ids, of("jobs")));
  const completions = group(await trx.write(runIdInput, ids, of("run_completions")));
  return new Map(known.map((row) => [keyOf(row), recordOf(row, jobs, completions)]));
}

function findRuns(from: string): string {
  return `select runs.* from ${from} join runs on runs.source = given.source and runs.native_id = given.native_id`;
}

function makeOrLockRuns(from: string, columns: string): string {
  return `insert into runs (${columns}) select ${columns} from ${from} where true
    on conflict (source, native_id) do update set source = excluded.source returning *`;
}

function keyOf(row: Row): string {
  return runKey({ source: row["source"] as string, run: row["native_id"] as string });
}

function recordOf(row: Row, jobs: Map<number, Row[]>, completions: Map<number, Row[]>): RunRecord {
  const id = Number(row["id"]);
  return {
    known: knownRun(row),
    attempt: Number(row["attempt"]),
    restarts: Number(row["restarts"]),
    recovered: Boolean(row["recovered"]),
    jobs: new Map((jobs.get(id) ?? []).map((job) => [job["native_id"] as string, jobOf(job)])),
    completions: new Map((completions.get(id) ?? []).map((c) => [c["key"] as string, completionOf(c)])),
  };
}

function jobOf(row: Row): JobRecord {
  return { known: knownJob(row), taskType: row["task_type"] as TaskType | null };
}

function group(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const id = Number(row["run_id"]);
    const members = groups.get(id);
    if (members === undefined) groups.set(id, [row]);
    else members.push(row);
  }
  return groups;
}

const runIdentity = new Set(["source", "native_id", "provider", "first_seen_at"]);
const runSet = Object.keys(runInput.columns).filter((column) => !runIdentity.has(column));
const jobSet = Object.keys(jobInput.columns).filter((column) => column !== "run_id" && column !== "native_id");

/** Writes locked runs and returns their ids by run key. */
export async function saveRuns(
  trx: Transaction,
  runs: readonly { identity: RunIdentity; record: RunRecord }[],
  now: number,
): Promise<Map<string, number>> {
  const rows = await trx.write(
    runInput,
    runs.map(({ identity, record }) => runCells(identity, record, now)),
    (from, columns) => `
      insert into runs (${columns}) select ${columns} from ${from} where true
      on conflict (source, native_id) do update set ${runSet.map((c) => `${c} = excluded.${c}`).join(", ")}
      returning id, source, native_id`,
  );
  return new Map(rows.map((row) => [keyOf(row), Number(row["id"])]));
}

export interface ChangedJob {
  readonly runId: number;
  readonly job: string;
  readonly record: JobRecord;
}

/** Writes jobs of locked runs. */
export async function saveJobs(trx: Transaction, jobs: readonly ChangedJob[]): Promise<void> {
  await trx.write(
    jobInput,
    jobs.map(({ runId, job, record }) => jobCells(runId, job, record)),
    (from, columns) => `
      insert into jobs (${columns}) select ${columns} from ${from} where true
      on conflict (run_id, native_id) do update set ${jobSet.map((c) => `${c} = excluded.${c}`).join(", ")}`,
  );
}
