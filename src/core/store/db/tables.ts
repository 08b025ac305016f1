/**
 * The stored tables: each column once, under the name that its value has in memory. Bulk statements, cells, decoders, the
 * columns of the read API and those of `copy` are all derived from here. The older tools' tables are in legacy-tables.ts.
 */

import type { JobFacts, RefKind, RunFacts, TaskType, Version } from "../../model.ts";
import { bucketCount, type MetricKey } from "../../stored-metrics.ts";
import { bigint, boolean, integer, json, listNames, nullable, real, text, type Column } from "./columns.ts";
import { addedFact, fact, type FactColumns } from "./fact-columns.ts";
import type { RunResult, State } from "../../states.ts";
import type { Execution } from "../../execution.ts";
import type { DeliveryOutcome } from "../../delivery.ts";

/** The facts of a run, with the number of each fact's bit in `unstated`: a number is never changed or used again. */
export const runFactColumns = {
  project: fact(0, text("project")),
  pipeline: fact(1, text("pipeline")),
  title: addedFact(18, text("title")),
  number: fact(2, text("number")),
  ref: fact(3, text("ref")),
  refKind: fact(4, text<RefKind>("ref_kind")),
  defaultBranch: fact(5, boolean("default_branch")),
  sha: fact(6, text("sha")),
  trigger: fact(7, text("trigger")),
  url: fact(8, text("url")),
  parent: fact(9, text("parent")),
  restartOf: fact(10, text("restart_of")),
  detail: fact(11, text("detail")),
  nativeStatus: fact(12, text("native_status")),
  state: fact(13, text<State>("state")),
  result: fact(14, text<RunResult>("result")),
  finishedAt: fact(15, bigint("finished_at")),
  queueSeconds: fact(16, real("queue_seconds")),
  durationSeconds: fact(17, real("duration_seconds")),
} as const satisfies FactColumns<RunFacts>;

/** The same of a job. */
export const jobFactColumns = {
  name: fact(0, text("name")),
  stage: fact(1, text("stage")),
  runner: fact(2, text("runner")),
  url: fact(3, text("url")),
  allowFailure: fact(4, boolean("allow_failure")),
  failureReason: fact(5, text("failure_reason")),
  retries: fact(6, integer("retries")),
  /** The attempt of the run that it belongs to; null where the provider does not report it. */
  attempt: addedFact(13, integer("attempt")),
  nativeStatus: fact(7, text("native_status")),
  state: fact(8, text<State>("state")),
  result: fact(9, text<RunResult>("result")),
  finishedAt: fact(10, bigint("finished_at")),
  queueSeconds: fact(11, real("queue_seconds")),
  durationSeconds: fact(12, real("duration_seconds")),
} as const satisfies FactColumns<JobFacts>;

/** What a row holds of the fold besides facts: moments, and the versions of the facts. */
const moments = {
  queuedAt: nullable(bigint("queued_at")),
  startedAt: nullable(bigint("started_at")),
};
export const foldColumns = {
  ...moments,
  versionEpoch: bigint("version_epoch"),
  versionClock: bigint("version_clock"),
  versionRank: integer("version_rank"),
  /** A bit for each fact, see fact-columns.ts. */
  unstated: nullable(integer("unstated")),
  /** The version of each fact whose version is older than that of the row. */
  older: nullable(json<Readonly<Partial<Record<string, Version>>>>("older")),
};

const runProgressColumns = {
  source: text("source"),
  nativeId: text("native_id"),
  provider: text("provider"),
  firstSeenAt: bigint("first_seen_at"),
  attempt: integer("attempt"),
  restarts: integer("restarts"),
  recovered: boolean("recovered"),
  updatedAt: nullable(bigint("updated_at")),
};

/** What is stored of a run besides its facts. */
export const runRecordColumns = {
  ...runProgressColumns,
  newestRetry: nullable(bigint("newest_retry")),
  waitingSince: nullable(bigint("waiting_since")),
  executions: nullable(json<readonly Execution[]>("executions")),
};

const runId = { id: bigint("id") };

export const runColumns = { ...runId, ...runRecordColumns, ...runFactColumns, ...foldColumns };

/** The columns of a run that the API and the page show. */
export const shownRunColumns = { ...runId, ...runProgressColumns, ...runFactColumns, ...moments };

export const jobRecordColumns = {
  runId: bigint("run_id"),
  nativeId: text("native_id"),
  taskType: nullable(text<TaskType>("task_type")),
};

export const jobColumns = { ...jobRecordColumns, ...jobFactColumns, ...foldColumns };

const { runId: _, ...shownJobRecordColumns } = jobRecordColumns;
/** The columns of a job that the API and the page show. */
export const shownJobColumns = { ...shownJobRecordColumns, ...jobFactColumns, ...moments };

/** The result and the times of a completion. */
export const completionColumns = {
  result: text<RunResult>("result"),
  finishedAt: nullable(bigint("finished_at")),
  queueSeconds: nullable(real("queue_seconds")),
  durationSeconds: nullable(real("duration_seconds")),
};

export const jobCompletionColumns = {
  runId: bigint("run_id"),
  key: text("key"),
  /** The id of the series that counts it; 0: it is not counted yet. */
  rollupId: bigint("rollup_id"),
  ...completionColumns,
};

export const runCompletionColumns = {
  ...jobCompletionColumns,
  order: bigint("attempt_order"),
  /** The series in which times were observed that arrived after the completion was counted. */
  durationRollupId: nullable(bigint("duration_rollup_id")),
  queueRollupId: nullable(bigint("queue_rollup_id")),
};

/** How much runs added to series besides their completions. */
export const tallyColumns = {
  runId: bigint("run_id"),
  rollupId: bigint("rollup_id"),
  count: bigint("count"),
};

export const deliveryColumns = {
  id: bigint("id"),
  key: text("key"),
  source: text("source"),
  provider: text("provider"),
  outcome: text<DeliveryOutcome>("outcome"),
  reason: nullable(text("reason")),
  receivedAt: bigint("received_at"),
  bytes: integer("bytes"),
  headers: nullable(json<Readonly<Record<string, string>>>("headers")),
  body: nullable(text("body")),
};

/** A row of a series has a column for each bucket; for a counter they stay 0. */
export const bucketNames: readonly string[] = Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`);
export const bucketColumns: readonly Column<number>[] = bucketNames.map((name) => bigint(name));

/** The figures of a series, which only grow: the number of events, and the sum of observed milliseconds. */
export const figureColumns = { count: bigint("count"), sumMillis: bigint("sum_millis") };
/** The names of all columns of a series that only grow. */
export const summedNames: readonly string[] = [...listNames(figureColumns), ...bucketNames];

/** The event that links a total to a run. */
export const exemplarColumns = {
  exemplarRun: nullable(text("exemplar_run")),
  exemplarUrl: nullable(text("exemplar_url")),
  exemplarAt: nullable(bigint("exemplar_at")),
  exemplarSeconds: nullable(real("exemplar_seconds")),
};

/** Without the buckets. */
export const rollupColumns = {
  id: bigint("id"),
  metric: text<MetricKey>("metric"),
  /** Label values in the order of the metric's labels. */
  labels: json<readonly string[]>("labels"),
  ...figureColumns,
  createdAt: bigint("created_at"),
  ...exemplarColumns,
};

/** Series that were retired. */
export const retiredColumns = {
  rollupId: bigint("rollup_id"),
  metric: text<MetricKey>("metric"),
  labels: json<readonly string[]>("labels"),
  retiredAt: bigint("retired_at"),
};

/** Imports of another program's totals. */
export const totalImportColumns = {
  key: text("key"),
  importedAt: bigint("imported_at"),
  series: integer("series"),
};
