import type { CompletionFacts } from "../../completion.ts";
import type { Folded } from "../../merge.ts";
import type { JobDetail, JobFacts, RunFacts } from "../../model.ts";
import { computeDuration, computeQueueTime } from "../../timing.ts";
import type { Row } from "./columns.ts";
import { listFields, putFacts, readFacts, type FactField } from "./fact-columns.ts";
import { commonJobFactColumns, jobDetailColumn, jobDetailFields, jobFactColumns } from "./job-columns.ts";
import type { Cell } from "./rowset.ts";
import {
  completionColumns,
  foldColumns,
  rollupColumns,
  runColumns,
  runFactColumns,
  runRecordColumns,
} from "./tables.ts";
import { joinLabels, type Series } from "../../series.ts";
import type { JobRecord, RunRecord } from "../../run-record.ts";

/** Turns the model into rows and back. The columns are described in tables.ts. */

/** Times that no delivery stated are derived and stored, with their bit in `unstated` set. */
const derived = { queueSeconds: computeQueueTime, durationSeconds: computeDuration };
const runFields = listFields<RunFacts>(runFactColumns, derived);
const jobFields = listFields<Omit<JobFacts, keyof JobDetail>>(jobFactColumns, derived);
const commonJobFields = listFields<Pick<JobFacts, keyof typeof commonJobFactColumns>>(commonJobFactColumns, derived);
const detailFields = Object.keys(jobDetailFields) as (keyof JobDetail)[];
const foldWidth = Object.keys(foldColumns).length;
const runRecordFields = Object.keys(runRecordColumns) as (keyof typeof runRecordColumns)[];

export interface RunIdentity {
  readonly source: string;
  readonly run: string;
  readonly provider: string;
}

/** The cells of `runRowset`, in its order. */
export function toRunCells({ source, run, provider }: RunIdentity, record: RunRecord, now: number): Cell[] {
  const { folded, attempt, restarts, recovered, newestRetry, waiting, executions } = record;
  const own: Readonly<Record<keyof typeof runRecordColumns, Cell>> = {
    source,
    nativeId: run,
    provider,
    firstSeenAt: now,
    attempt,
    restarts,
    recovered: Number(recovered),
    newestRetry: newestRetry ?? null,
    waitingSince: waiting === undefined ? null : now,
    executions: executions === undefined ? null : JSON.stringify(executions),
    updatedAt: now,
  };
  return toFoldCells(
    runRecordFields.map((field) => own[field]),
    folded,
    runFields,
  );
}

/**
 * Whether a job has facts that few jobs have. A job without them never had any, because a stated fact stays stated: it is
 * written without their columns. A property is read several times faster when its name is a literal, above all one that is not there.
 */
export function hasRareFacts({ folded: { facts } }: JobRecord): boolean {
  return (
    facts.environment !== undefined ||
    facts.gate !== undefined ||
    facts.gatedAt !== undefined ||
    facts.gateOpenedAt !== undefined ||
    facts.failedStep !== undefined ||
    facts.steps !== undefined ||
    facts.exitCode !== undefined ||
    facts.tries !== undefined ||
    facts.timeoutSeconds !== undefined ||
    facts.retriesBefore !== undefined ||
    facts.startedBy !== undefined ||
    facts.environmentTier !== undefined ||
    facts.environmentAction !== undefined
  );
}

/** The cells of `jobRowset`, in its order. */
export function toJobCells(runId: number, nativeId: string, { folded, taskType }: JobRecord): Cell[] {
  return toFoldCells([runId, nativeId, taskType], folded, commonJobFields);
}

/** The cells of `wholeJobRowset`, in its order. */
export function toWholeJobCells(runId: number, nativeId: string, { folded, taskType }: JobRecord): Cell[] {
  return toFoldCells([runId, nativeId, taskType], folded, jobFields, encodeDetail(folded.facts));
}

function encodeDetail(facts: Partial<JobDetail>): string | null {
  const stated = detailFields.filter((field) => facts[field] !== undefined);
  return stated.length === 0 ? null : JSON.stringify(Object.fromEntries(stated.map((field) => [field, facts[field]])));
}

/**
 * The cells of a row: the first ones, those of its facts, that of the `detail` of a job where it is given, and those of
 * `foldColumns`. The array has its length from the beginning: one that grows is copied twice, for each job of a delivery.
 */
function toFoldCells<F>(
  first: readonly Cell[],
  state: Folded<F>,
  fields: readonly FactField<F>[],
  detail?: Cell,
): Cell[] {
  const { version, versions, queuedAt, startedAt } = state;
  const cells = Array<Cell>(first.length + fields.length + (detail === undefined ? 0 : 1) + foldWidth);
  let at = 0;
  for (const cell of first) cells[at++] = cell;
  const unstated = putFacts(cells, at, state, fields);
  at += fields.length;
  if (detail !== undefined) cells[at++] = detail;
  cells[at++] = queuedAt ?? null;
  cells[at++] = startedAt ?? null;
  cells[at++] = version.epoch;
  cells[at++] = version.clock;
  cells[at++] = version.rank;
  cells[at++] = unstated;
  cells[at] = versions === undefined ? null : JSON.stringify(versions);
  return cells;
}

export function decodeRun(row: Row): Folded<RunFacts> {
  return decodeFold(row, runFields);
}

export function decodeJob(row: Row): Folded<JobFacts> {
  const common: Folded<Partial<JobFacts>> = decodeFold(row, jobFields);
  const detail = jobDetailColumn.detail.decode(row["detail"] ?? null);
  return detail === null ? common : { ...common, facts: { ...common.facts, ...detail } };
}

/** Every delivery decodes a dozen rows: V8 reads a property several times faster when its name is a literal. */
function decodeFold<F>(row: Row, fields: readonly FactField<F>[]): Folded<F> {
  const { versionEpoch, versionClock, versionRank, older, queuedAt, startedAt } = foldColumns;
  return {
    version: {
      epoch: versionEpoch.decode(row["version_epoch"]),
      clock: versionClock.decode(row["version_clock"]),
      rank: versionRank.decode(row["version_rank"]),
    },
    facts: readFacts(row, fields),
    versions: (older.decode(row["older"]) ?? undefined) as Folded<F>["versions"],
    queuedAt: queuedAt.decode(row["queued_at"]) ?? undefined,
    startedAt: startedAt.decode(row["started_at"]) ?? undefined,
  };
}

/** Decodes a completion of a run or of a job: only those of runs have an order. */
export function decodeCompletion(row: Row): CompletionFacts {
  const { result, finishedAt, durationSeconds: worked, queueSeconds: queued } = completionColumns;
  return {
    order: Number(row["attempt_order"] ?? 0),
    result: result.decode(row["result"]),
    finishedAt: finishedAt.decode(row["finished_at"]),
    durationSeconds: worked.decode(row["duration_seconds"]),
    queueSeconds: queued.decode(row["queue_seconds"]),
  };
}

/** The series of a row of `rollups`. */
export function decodeSeries(row: Row): Series {
  return { metric: rollupColumns.metric.read(row), labels: joinLabels(...rollupColumns.labels.read(row)) };
}

/** The key of a run in memory: its source and native id. */
export function toRunKey({ source, run }: Pick<RunIdentity, "source" | "run">): string {
  return `${source}\u0001${run}`;
}

/** The `toRunKey` of a stored run. */
export function readRunKey(row: Row): string {
  return toRunKey({ source: runColumns.source.read(row), run: runColumns.nativeId.read(row) });
}
