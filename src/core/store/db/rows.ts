import { type Known } from "../../merge.ts";
import type { JobFacts, RunFacts, Version } from "../../model.ts";
import type { RunRecord } from "../../project.ts";
import type { JobRecord } from "../../project-jobs.ts";
import type { CompletionFacts } from "../../completion.ts";
import type { Execution } from "../../executions.ts";
import { durationSeconds, queueSeconds } from "../../timing.ts";
import { listFields, markUnstated, readFacts, type FactColumns, type FactField } from "./fact-columns.ts";
import type { Cell } from "./rowset.ts";

/** A row as a driver returns it: the only place where column names meet the model. */
export type Row = Readonly<Record<string, unknown>>;

/** Facts and their columns. Times and figures that nobody stated are stored as derived, and marked as not stated. */
export const runColumns: FactColumns<RunFacts> = {
  project: { column: "project", bit: 0 },
  pipeline: { column: "pipeline", bit: 1 },
  number: { column: "number", bit: 2 },
  ref: { column: "ref", bit: 3 },
  refKind: { column: "ref_kind", bit: 4 },
  defaultBranch: { column: "default_branch", bit: 5 },
  sha: { column: "sha", bit: 6 },
  trigger: { column: "trigger", bit: 7 },
  url: { column: "url", bit: 8 },
  parent: { column: "parent", bit: 9 },
  restartOf: { column: "restart_of", bit: 10 },
  detail: { column: "detail", bit: 11 },
  nativeStatus: { column: "native_status", bit: 12 },
  state: { column: "state", bit: 13 },
  result: { column: "result", bit: 14 },
  finishedAt: { column: "finished_at", bit: 15 },
  queueSeconds: { column: "queue_seconds", bit: 16 },
  durationSeconds: { column: "duration_seconds", bit: 17 },
  title: { column: "title", bit: 18, added: true },
};

export const jobColumns: FactColumns<JobFacts> = {
  name: { column: "name", bit: 0 },
  stage: { column: "stage", bit: 1 },
  runner: { column: "runner", bit: 2 },
  url: { column: "url", bit: 3 },
  allowFailure: { column: "allow_failure", bit: 4 },
  failureReason: { column: "failure_reason", bit: 5 },
  retries: { column: "retries", bit: 6 },
  nativeStatus: { column: "native_status", bit: 7 },
  state: { column: "state", bit: 8 },
  result: { column: "result", bit: 9 },
  finishedAt: { column: "finished_at", bit: 10 },
  queueSeconds: { column: "queue_seconds", bit: 11 },
  durationSeconds: { column: "duration_seconds", bit: 12 },
  attempt: { column: "attempt", bit: 13, added: true },
};

const booleans: ReadonlySet<string> = new Set(["defaultBranch", "allowFailure"]);

export interface RunIdentity {
  readonly source: string;
  readonly run: string;
  readonly provider: string;
}

/** The cells of `runInput`, in its order. */
export function runCells({ source, run, provider }: RunIdentity, record: RunRecord, now: number): Cell[] {
  const { known, attempt, restarts, recovered, newestRetry, waiting, executions } = record;
  const f = known.facts;
  return [
    source,
    run,
    provider,
    now,
    f.project ?? null,
    f.pipeline ?? null,
    f.title ?? null,
    f.number ?? null,
    f.ref ?? null,
    f.refKind ?? null,
    flag(f.defaultBranch),
    f.sha ?? null,
    f.trigger ?? null,
    f.url ?? null,
    f.parent ?? null,
    f.restartOf ?? null,
    f.detail ?? null,
    ...timingCells(known),
    attempt,
    restarts,
    flag(recovered),
    newestRetry ?? null,
    waiting === undefined ? null : now,
    executions === undefined ? null : JSON.stringify(executions),
    ...versionCells(known, runFields),
    now,
  ];
}

/** The cells of `jobInput`, in its order. */
export function jobCells(runId: number, nativeId: string, { known, taskType }: JobRecord): Cell[] {
  const f = known.facts;
  return [
    runId,
    nativeId,
    f.name ?? null,
    f.stage ?? null,
    taskType,
    f.runner ?? null,
    f.url ?? null,
    flag(f.allowFailure),
    f.failureReason ?? null,
    f.retries ?? null,
    f.attempt ?? null,
    ...timingCells(known),
    ...versionCells(known, jobFields),
  ];
}

/** Both engines take 0 and 1 for a boolean in bulk; SQLite takes nothing else. */
function flag(value: boolean | null | undefined): Cell {
  return value === null || value === undefined ? null : Number(value);
}

function timingCells(known: Known<RunFacts> | Known<JobFacts>): Cell[] {
  const f = known.facts;
  return [
    f.nativeStatus ?? null,
    f.state ?? null,
    f.result ?? null,
    known.queuedAt ?? null,
    known.startedAt ?? null,
    f.finishedAt ?? null,
    f.queueSeconds === undefined ? queueSeconds(known) : f.queueSeconds,
    f.durationSeconds === undefined ? durationSeconds(known) : f.durationSeconds,
  ];
}

const runFields = listFields<RunFacts>(runColumns, booleans);
const jobFields = listFields<JobFacts>(jobColumns, booleans);

/** `older` names the fields that an older statement knows best. */
function versionCells<F>({ version, versions, facts }: Known<F>, fields: readonly FactField<F>[]): Cell[] {
  const older = versions === undefined ? null : JSON.stringify(versions);
  return [version.epoch, version.clock, version.rank, markUnstated(facts, fields), older];
}

export function knownRun(row: Row): Known<RunFacts> {
  return knownOf(row, runFields);
}

export function knownJob(row: Row): Known<JobFacts> {
  return knownOf(row, jobFields);
}

function knownOf<F>(row: Row, fields: readonly FactField<F>[]): Known<F> {
  const version: Version = {
    epoch: Number(row["version_epoch"]),
    clock: Number(row["version_clock"]),
    rank: Number(row["version_rank"]),
  };
  const older = row["older"] as string | null;
  return {
    version,
    facts: readFacts(row, fields),
    versions: older === null ? undefined : (JSON.parse(older) as Partial<Record<keyof F, Version>>),
    queuedAt: (row["queued_at"] as number | null) ?? undefined,
    startedAt: (row["started_at"] as number | null) ?? undefined,
  };
}

/** `undefined`: the id is of one run only, or a version that did not know of others wrote the row. */
export function knownExecutions(row: Row): readonly Execution[] | undefined {
  const text = row["executions"] as string | null;
  return text === null ? undefined : (JSON.parse(text) as Execution[]);
}

export function completionOf(row: Row): CompletionFacts {
  return {
    order: Number(row["attempt_order"] ?? 0),
    result: row["result"] as CompletionFacts["result"],
    finishedAt: row["finished_at"] as number | null,
    durationSeconds: row["duration_seconds"] as number | null,
    queueSeconds: row["queue_seconds"] as number | null,
  };
}

/** True for a row that was only just made to lock it: nothing is known of the run yet. */
export function isFresh(row: Row): boolean {
  return row["version_epoch"] === null;
}

/** Identifies a run in memory: its source and native id. */
export function runKey({ source, run }: Pick<RunIdentity, "source" | "run">): string {
  return `${source}\u0001${run}`;
}

/** The `runKey` of a stored run. */
export function readRunKey(row: Row): string {
  return runKey({ source: row["source"] as string, run: row["native_id"] as string });
}
