import type { RunRecord } from "../project.ts";
import type { JobRecord } from "../project-jobs.ts";
import type { TaskType } from "../model.ts";
import { runIdInput } from "./inputs.ts";
import { completionOf, knownExecutions, knownJob, knownRun, type Row } from "./rows.ts";
import { keyOf } from "./runs.ts";
import type { Transaction } from "./transaction.ts";

/** Reads what is known of locked runs, by run key. */
export async function readRecords(trx: Transaction, runs: readonly Row[]): Promise<Map<string, RunRecord>> {
  if (runs.length === 0) return new Map();
  const ids = runs.map((row) => [Number(row["id"])]);
  const of = (table: string) => (from: string) =>
    `select t.* from ${from} join ${table} as t on t.run_id = given.run_id`;
  const jobs = group(await trx.write(runIdInput, ids, of("jobs")));
  const completions = group(await trx.write(runIdInput, ids, of("run_completions")));
  const waiting = runs.filter(isWaiting).map((row) => [Number(row["id"])]);
  const kept = group(
    await trx.write(runIdInput, waiting, (from) => `${of("job_completions")(from)} where t.rollup_id = 0`),
  );
  return new Map(runs.map((row) => [keyOf(row), recordOf(row, { jobs, completions, kept })]));
}

function isWaiting(run: Row): boolean {
  return run["waiting_since"] !== null;
}

/** Rows by run id. */
type Rows = ReadonlyMap<number, readonly Row[]>;

function recordOf(row: Row, { jobs, completions, kept }: Record<"jobs" | "completions" | "kept", Rows>): RunRecord {
  const id = Number(row["id"]);
  const executions = knownExecutions(row);
  const facts = (completion: Row) => [completion["key"] as string, completionOf(completion)] as const;
  return {
    known: knownRun(row),
    attempt: Number(row["attempt"]),
    restarts: Number(row["restarts"]),
    recovered: Boolean(row["recovered"]),
    jobs: new Map((jobs.get(id) ?? []).map((job) => [job["native_id"] as string, jobOf(job)])),
    completions: new Map((completions.get(id) ?? []).map(facts)),
    newestRetry: row["newest_retry"] === null ? undefined : Number(row["newest_retry"]),
    waiting: isWaiting(row) ? new Map((kept.get(id) ?? []).map(facts)) : undefined,
    ...(executions === undefined ? {} : { executions }),
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
