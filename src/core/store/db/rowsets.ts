import { codeEventRowsets } from "./code-event-tables.ts";
import { bigint, text, type Column } from "./columns.ts";
import { commonJobFactColumns, jobColumns, jobDetailColumn, jobFactColumns, jobRecordColumns } from "./job-columns.ts";
import { legacyRowsets } from "./legacy-tables.ts";
import { rowset, type Rowset } from "./rowset.ts";
import {
  bucketColumns,
  dayTimeColumns,
  defaultBranchColumns,
  deliveryColumns,
  exemplarColumns,
  figureColumns,
  foldColumns,
  jobCompletionColumns,
  retiredColumns,
  rollupColumns,
  runColumns,
  runCompletionColumns,
  runFactColumns,
  runRecordColumns,
  runnerClassColumns,
  tallyColumns,
} from "./tables.ts";

const { id: _, ...receivedColumns } = deliveryColumns;
export const deliveryRowset = rowset("deliveries", Object.values(receivedColumns));

/** Runs by their native identity: to lock them, or to find them. */
export const runKeyRowset = rowset("run_keys", [
  runColumns.source,
  runColumns.nativeId,
  runColumns.provider,
  runColumns.firstSeenAt,
]);

export const runIdRowset = rowset("run_ids", [jobColumns.runId]);

/** Deliveries to delete. */
export const deliveryIdRowset = rowset("delivery_ids", [deliveryColumns.id]);

/** Jobs of runs, to find them. */
export const jobKeyRowset = rowset("job_keys", [jobColumns.runId, jobColumns.nativeId]);

export const jobNameRowset = rowset("job_names", [jobColumns.runId, jobColumns.name]);

/** The cells of these are written by rows.ts. */
const runCellColumns = [runRecordColumns, runFactColumns, foldColumns].flatMap(Object.values<Column>);
export const runRowset = rowset("runs", runCellColumns);
/** Runs that get the ids that were set aside for them. */
export const newRunRowset = rowset("new_runs", [runColumns.id, ...runCellColumns]);
export const jobRowset = rowset(
  "jobs",
  [jobRecordColumns, commonJobFactColumns, foldColumns].flatMap(Object.values<Column>),
);
/** Jobs with facts that few jobs have. */
export const wholeJobRowset = rowset(
  "whole_jobs",
  [jobRecordColumns, jobFactColumns, jobDetailColumn, foldColumns].flatMap(Object.values<Column>),
);

const { runId, key, rollupId, secondsRollupId } = jobCompletionColumns;
export const jobCompletionRowset = rowset("job_completions", Object.values(jobCompletionColumns));

const { durationRollupId: _d, queueRollupId: _q, ...newRunCompletionColumns } = runCompletionColumns;
export const runCompletionRowset = rowset("run_completions", Object.values(newRunCompletionColumns));

/** Completions that were stored uncounted, and the counter that counts them now. */
export const releaseRowset = rowset("releases", [runId, key, rollupId, secondsRollupId]);

export const runnerClassRowset = rowset("runner_classes", Object.values(runnerClassColumns));

export const tallyRowset = rowset("tallies", Object.values(tallyColumns));

/** Series to find or to create. */
export const seriesRowset = rowset("series", [rollupColumns.metric, rollupColumns.labels, rollupColumns.createdAt]);

/** Series, and the number of the group that each is summarised in. */
export const seriesGroupRowset = rowset("series_groups", [jobCompletionColumns.rollupId, bigint("series_group")]);

/** Additions to the day cube. */
export const dayTimeRowset = rowset("day_times", Object.values(dayTimeColumns));

export const defaultBranchRowset = rowset("default_branches", Object.values(defaultBranchColumns));

/** Pipelines of which active runs are counted. */
export const pipelineRowset = rowset("pipelines", [runColumns.provider, runColumns.project, runColumns.pipeline]);

/** A metric, and the range of texts in which the labels of one project's series lie. */
export const ownedSeriesRowset = rowset("owned_series", [rollupColumns.metric, text("first"), text("after_last")]);

export const retiredRowset = rowset("retired", Object.values(retiredColumns));

/** Additions to series, by their ids. */
export const additionRowset = rowset("additions", [
  rollupColumns.id,
  ...Object.values(figureColumns),
  ...Object.values(exemplarColumns),
  ...bucketColumns,
]);

export const rowsets: readonly Rowset[] = [
  deliveryRowset,
  runKeyRowset,
  runIdRowset,
  deliveryIdRowset,
  jobKeyRowset,
  jobNameRowset,
  runRowset,
  newRunRowset,
  jobRowset,
  wholeJobRowset,
  runCompletionRowset,
  jobCompletionRowset,
  releaseRowset,
  runnerClassRowset,
  tallyRowset,
  seriesRowset,
  ownedSeriesRowset,
  pipelineRowset,
  dayTimeRowset,
  defaultBranchRowset,
  seriesGroupRowset,
  retiredRowset,
  additionRowset,
  ...codeEventRowsets,
  ...legacyRowsets,
];
