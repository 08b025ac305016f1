import { type Known } from "../merge.ts";
import type { JobFacts, RunFacts, Version } from "../model.ts";
import type { RunRecord } from "../project.ts";
import type { JobRecord } from "../project-jobs.ts";
import type { CompletionFacts } from "../completion.ts";
import { durationSeconds, queueSeconds } from "../timing.ts";
import type { Cell } from "./input.ts";

/** A row as a driver returns it: the only place where column names meet the model. */
export type Row = Readonly<Record<string, unknown>>;

/** Facts and their columns. Times and figures that nobody stated are stored as derived, and marked as not stated. */
const runColumns: Readonly<Record<keyof RunFacts, string>> = {
  project: "project",
  pipeline: "pipeline",
  number: "number",
  ref: "ref",
  refKind: "ref_kind",
  defaultBranch: "default_branch",
  sha: "sha",
  trigger: "trigger",
  url: "url",
  parent: "parent",
  restartOf: "restart_of",
  detail: "detail",
  nativeStatus: "native_status",
  state: "state",
  result: "result",
  finishedAt: "finished_at",
  queueSeconds: "queue_seconds",
  durationSeconds: "duration_seconds",
};

const jobColumns: Readonly<Record<keyof JobFacts, string>> = {
  name: "name",
  stage: "stage",
  runner: "runner",
  url: "url",
  allowFailure: "allow_failure",
  failureReason: "failure_reason",
  retries: "retries",
  nativeStatus: "native_status",
  state: "state",
  result: "result",
  finishedAt: "finished_at",
  queueSeconds: "queue_seconds",
  durationSeconds: "duration_seconds",
};

const booleans: ReadonlySet<string> = new Set(["defaultBranch", "allowFailure"]);

export interface RunIdentity {
  readonly source: string;
  readonly run: string;
  readonly provider: string;
}

/** The cells of `runInput`, in its order. */
export function runCells({ source, run, provider }: RunIdentity, record: RunRecord, now: number): Cell[] {
  const { known, attempt, restarts, recovered } = record;
  const f = known.facts;
  return [
    source,
    run,
    provider,
    now,
    f.project ?? null,
    f.pipeline ?? null,
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

const runFields = Object.keys(runColumns) as (keyof RunFacts)[];
const jobFields = Object.keys(jobColumns) as (keyof JobFacts)[];

/**
 * What SQL's null cannot tell: `unstated` has a bit for each field that nobody stated, in the order of `fields`;
 * `older` names the fields that an older statement knows best.
 */
function versionCells<F>({ version, versions, facts }: Known<F>, fields: readonly (keyof F & string)[]): Cell[] {
  let unstated = 0;
  for (let i = 0; i < fields.length; i++) if (facts[fields[i] as keyof F] === undefined) unstated |= 1 << i;
  const older = versions === undefined ? null : JSON.stringify(versions);
  return [version.epoch, version.clock, version.rank, unstated, older];
}

export function knownRun(row: Row): Known<RunFacts> {
  return knownOf<RunFacts>(row, runColumns);
}

export function knownJob(row: Row): Known<JobFacts> {
  return knownOf<JobFacts>(row, jobColumns);
}

function knownOf<F extends object>(row: Row, columns: Readonly<Record<keyof F, string>>): Known<F> {
  const version: Version = {
    epoch: Number(row["version_epoch"]),
    clock: Number(row["version_clock"]),
    rank: Number(row["version_rank"]),
  };
  const unstated = Number(row["unstated"]);
  const older = row["older"] as string | null;
  const facts: Record<string, unknown> = {};
  for (const [i, [field, column]] of Object.entries<string>(columns).entries()) {
    if ((unstated & (1 << i)) !== 0) continue;
    const cell = row[column] ?? null;
    facts[field] = cell !== null && booleans.has(field) ? Boolean(cell) : cell;
  }
  return {
    version,
    facts: facts as Partial<F>,
    versions: older === null ? undefined : (JSON.parse(older) as Partial<Record<keyof F, Version>>),
    queuedAt: (row["queued_at"] as number | null) ?? undefined,
    startedAt: (row["started_at"] as number | null) ?? undefined,
  };
}

export function completionOf(row: Row): CompletionFacts {
  return {
    order: Number(row["attempt_order"]),
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
