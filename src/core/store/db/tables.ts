/**
 * The stored tables: each column once, under the name that its value has in memory. Bulk statements, cells, decoders, the
 * columns of the read API and those of `copy` are all derived from here. Jobs are in job-columns.ts, the older tools' tables in
 * legacy-tables.ts.
 */

import type { Actor, RefKind, RunFacts, Version } from "../../model.ts";
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
  change: addedFact(19, text("change")),
  committedAt: addedFact(20, bigint("committed_at")),
  startedBy: addedFact(21, text<Actor>("started_by")),
  restartedBy: addedFact(22, text<Actor>("restarted_by")),
  parentJob: addedFact(23, text("parent_job")),
  graph: addedFact(24, text("graph")),
  detail: fact(11, text("detail")),
  nativeStatus: fact(12, text("native_status")),
  state: fact(13, text<State>("state")),
  result: fact(14, text<RunResult>("result")),
  finishedAt: fact(15, bigint("finished_at")),
  queueSeconds: fact(16, real("queue_seconds")),
  durationSeconds: fact(17, real("duration_seconds")),
} as const satisfies FactColumns<RunFacts>;

/** What a row holds of the fold besides facts: moments, and the versions of the facts. */
export const momentColumns = {
  queuedAt: nullable(bigint("queued_at")),
  startedAt: nullable(bigint("started_at")),
};
/** The versions of the facts. */
export const versionColumns = {
  versionEpoch: bigint("version_epoch"),
  versionClock: bigint("version_clock"),
  versionRank: integer("version_rank"),
  /** A bit for each fact, see fact-columns.ts. */
  unstated: nullable(integer("unstated")),
  /** The version of each fact whose version is older than that of the row. */
  older: nullable(json<Readonly<Partial<Record<string, Version>>>>("older")),
};
export const foldColumns = { ...momentColumns, ...versionColumns };

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
export const shownRunColumns = { ...runId, ...runProgressColumns, ...runFactColumns, ...momentColumns };

/** The result and the times of a completion. */
export const completionColumns = {
  result: text<RunResult>("result"),
  finishedAt: nullable(bigint("finished_at")),
  queueSeconds: nullable(real("queue_seconds")),
  durationSeconds: nullable(real("duration_seconds")),
};

const countedColumns = {
  runId: bigint("run_id"),
  key: text("key"),
  /** The id of the series that counts it; 0: it is not counted yet. */
  rollupId: bigint("rollup_id"),
  ...completionColumns,
};

export const jobCompletionColumns = {
  ...countedColumns,
  /** The series that counts its seconds. */
  secondsRollupId: nullable(bigint("seconds_rollup_id")),
};

export const runCompletionColumns = {
  ...countedColumns,
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
  /** The provider's id of the first run that it is about. */
  run: nullable(text("run")),
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

/** Parts of the figures of series, which replicas add to apart from each other. The row in `rollups` is shard 0. */
export const rollupShardColumns = {
  rollupId: bigint("rollup_id"),
  shard: integer("shard"),
  ...figureColumns,
  ...exemplarColumns,
};

/** The day cube: jobs by the day on which they finished, their series and a bucket of their duration. */
export const dayTimeColumns = {
  day: integer("day"),
  rollupId: bigint("rollup_id"),
  bucket: integer("bucket"),
  shard: integer("shard"),
  count: bigint("count"),
  sumMillis: bigint("sum_millis"),
};

/** When the day cube was compared with all completions. */
export const dayTimeFillColumns = { filledAt: bigint("filled_at") };

/** What of each pipeline's default branch is counted. */
export const defaultBranchColumns = {
  labels: json<readonly string[]>("labels"),
  runs: bigint("runs"),
  events: bigint("events"),
  newestAt: nullable(bigint("newest_at")),
  redSince: nullable(bigint("red_since")),
  breaks: bigint("breaks"),
  redMillis: bigint("red_millis"),
  markedAt: nullable(bigint("marked_at")),
  markedNewest: nullable(bigint("marked_newest")),
  breaksRollupId: bigint("breaks_rollup_id"),
  redRollupId: bigint("red_rollup_id"),
};

/** Series that were retired. */
export const retiredColumns = {
  rollupId: bigint("rollup_id"),
  metric: text<MetricKey>("metric"),
  labels: json<readonly string[]>("labels"),
  retiredAt: bigint("retired_at"),
};

/** Kinds of runners that are distinguished. */
export const runnerClassColumns = { name: text("name"), firstSeenAt: bigint("first_seen_at") };

/** Imports of another program's totals. */
export const totalImportColumns = {
  key: text("key"),
  importedAt: bigint("imported_at"),
  series: integer("series"),
};
