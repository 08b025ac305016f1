import type { Knex } from "knex";
import type { Millis } from "../../model.ts";
import type { Row } from "../db/rows.ts";
import { shownState } from "../db/unfinished-runs.ts";
import type { DeliveryRow, StoredCompletion, StoredJob, StoredRun } from "./types.ts";

const timingColumns = [
  "native_status",
  "result",
  "queued_at",
  "started_at",
  "finished_at",
  "queue_seconds",
  "duration_seconds",
] as const;

const runColumns: readonly string[] = [
  "id",
  "source",
  "native_id",
  "provider",
  "project",
  "pipeline",
  "title",
  "number",
  "ref",
  "ref_kind",
  "default_branch",

  "sha",
  "trigger",
  "url",
  "parent",
  "restart_of",
  "attempt",
  "restarts",
  "recovered",
  "first_seen_at",
  "updated_at",
  ...timingColumns,
];

/** A column of `runs`: the result is another one than was counted for the latest attempt. Counters never follow it. */
const runIsCorrected = `case when runs.result is null then 0 else coalesce((
  select min(case when counted.result = runs.result then 0 else 1 end) from run_completions counted
  where counted.run_id = runs.id
    and counted.attempt_order = (select max(attempt_order) from run_completions where run_id = runs.id)
), 0) end as corrected`;

/** What is read of a run, with its state as it is shown. */
export function selectRun(trx: Knex, staleBefore: Millis = 0): (string | Knex.Raw)[] {
  return [...runColumns, trx.raw(`${shownState} as state`, [staleBefore]), trx.raw(runIsCorrected)];
}

/** The same as `runIsCorrected` of `jobs`, whose completions go by their native id; skips are counted apart. */
export const jobIsCorrected = `case when jobs.result is null then 0 else coalesce((
  select case when counted.result = jobs.result then 0 else 1 end from job_completions counted
  where counted.run_id = jobs.run_id
    and counted.key = jobs.native_id || case when jobs.result = 'skip' then ':skip' else '' end
), 0) end as corrected`;

export const jobColumns: readonly string[] = [
  "native_id",
  "name",
  "stage",
  "task_type",
  "runner",
  "url",
  "allow_failure",
  "failure_reason",
  "retries",
  "attempt",
  "state",
  ...timingColumns,
];

/** SQLite keeps truth as 0 and 1. */
function truth(cell: unknown): boolean | null {
  return cell === null || cell === undefined ? null : Boolean(cell);
}

function timingOf(row: Row) {
  return {
    nativeStatus: row["native_status"] as string | null,
    result: row["result"] as StoredRun["result"],
    queuedAt: row["queued_at"] as number | null,
    startedAt: row["started_at"] as number | null,
    finishedAt: row["finished_at"] as number | null,
    queueSeconds: row["queue_seconds"] as number | null,
    durationSeconds: row["duration_seconds"] as number | null,
  };
}

function readStanding(row: Row) {
  return { ...timingOf(row), corrected: Boolean(row["corrected"]) };
}

export function storedRun(row: Row): StoredRun {
  return {
    id: Number(row["id"]),
    source: row["source"] as string,
    provider: row["provider"] as string,
    nativeId: row["native_id"] as string,
    project: row["project"] as string | null,
    pipeline: row["pipeline"] as string | null,
    title: row["title"] as string | null,
    number: row["number"] as string | null,
    ref: row["ref"] as string | null,
    refKind: row["ref_kind"] as StoredRun["refKind"],
    defaultBranch: truth(row["default_branch"]),
    sha: row["sha"] as string | null,
    trigger: row["trigger"] as string | null,
    url: row["url"] as string | null,
    parent: row["parent"] as string | null,
    restartOf: row["restart_of"] as string | null,
    attempt: Number(row["attempt"]),
    restarts: Number(row["restarts"]),
    recovered: Boolean(row["recovered"]),
    firstSeenAt: Number(row["first_seen_at"]),
    updatedAt: row["updated_at"] as number | null,
    state: row["state"] as StoredRun["state"],
    ...readStanding(row),
  };
}

export function storedJob(row: Row): StoredJob {
  return {
    nativeId: row["native_id"] as string,
    name: row["name"] as string | null,
    stage: row["stage"] as string | null,
    taskType: row["task_type"] as StoredJob["taskType"],
    runner: row["runner"] as string | null,
    url: row["url"] as string | null,
    allowFailure: truth(row["allow_failure"]),
    failureReason: row["failure_reason"] as string | null,
    retries: row["retries"] as number | null,
    attempt: row["attempt"] as number | null,
    state: row["state"] as StoredJob["state"],
    ...readStanding(row),
  };
}

export function storedCompletion(row: Row): StoredCompletion {
  const { result, finishedAt, queueSeconds, durationSeconds } = timingOf(row);
  return { result: result as StoredCompletion["result"], finishedAt, queueSeconds, durationSeconds };
}

export function deliveryRow(row: Row): DeliveryRow {
  return {
    id: Number(row["id"]),
    source: row["source"] as string,
    provider: row["provider"] as string,
    outcome: row["outcome"] as DeliveryRow["outcome"],
    reason: row["reason"] as string | null,
    receivedAt: Number(row["received_at"]),
    bytes: Number(row["bytes"]),
    kept: Boolean(row["kept"]),
  };
}
