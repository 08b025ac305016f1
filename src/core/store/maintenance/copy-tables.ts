import { codeEventKey, codeEventTables } from "../db/code-event-tables.ts";
import type { Column, Columns } from "../db/columns.ts";
import { jobColumns } from "../db/job-columns.ts";
import { legacyJobColumns, legacyRunColumns, legacyToolColumns } from "../db/legacy-tables.ts";
import { partialAnswerColumns } from "../db/partial-answers.ts";
import { rowset, type Rowset } from "../db/rowset.ts";
import {
  bucketColumns,
  dayTimeColumns,
  dayTimeFillColumns,
  defaultBranchColumns,
  deliveryColumns,
  jobCompletionColumns,
  retiredColumns,
  rollupColumns,
  rollupShardColumns,
  runColumns,
  runnerClassColumns,
  runCompletionColumns,
  tallyColumns,
  totalImportColumns,
} from "../db/tables.ts";

/** A table that `copy` copies, with all its columns. */
export interface CopyTable extends Rowset {
  readonly table: string;
  /** Its primary key: rows are read in this order, so that an interrupted copy can go on after the last one. */
  readonly key: readonly string[];
}

/** All tables except `maintenance`, which is about the database itself. Referenced tables come first. */
export const copyTables: readonly CopyTable[] = [
  copyTable("rollups", ["id"], rollupColumns, bucketColumns),
  copyTable("rollup_shards", ["rollup_id", "shard"], rollupShardColumns, bucketColumns),
  copyTable("retired_series", ["rollup_id"], retiredColumns),
  copyTable("total_imports", ["key"], totalImportColumns),
  copyTable("runner_classes", ["name"], runnerClassColumns),
  copyTable("runs", ["id"], runColumns),
  copyTable("jobs", ["run_id", "native_id"], jobColumns),
  copyTable("run_completions", ["run_id", "key"], runCompletionColumns),
  copyTable("job_completions", ["run_id", "key"], jobCompletionColumns),
  copyTable("day_times", ["day", "rollup_id", "bucket", "shard"], dayTimeColumns),
  copyTable("day_times_fills", ["filled_at"], dayTimeFillColumns),
  copyTable("default_branches", ["labels"], defaultBranchColumns),
  copyTable("partial_answers", ["answer", "hours", "hour"], partialAnswerColumns),
  copyTable("tallies", ["run_id", "rollup_id"], tallyColumns),
  ...Object.values(codeEventTables).map(({ table, columns }) => copyTable(table, codeEventKey, columns)),
  copyTable("legacy_runs", ["run_id"], legacyRunColumns),
  copyTable("legacy_jobs", ["run_id", "position"], legacyJobColumns),
  copyTable("legacy_tools", ["tool"], legacyToolColumns),
  copyTable("deliveries", ["id"], deliveryColumns),
];

function copyTable(table: string, key: readonly string[], columns: Columns, more: readonly Column[] = []): CopyTable {
  return { table, key, ...rowset(`copied_${table}`, [...Object.values(columns), ...more]) };
}
