import {
  bucketTypes,
  deliveryInput,
  jobCompletionInput,
  jobInput,
  retiredInput,
  runCompletionInput,
  runInput,
  tallyInput,
} from "../db/tables.ts";
import type { Input } from "../db/rowset.ts";
import { collectedRunInput, legacyJobInput, legacyRunInput } from "../db/legacy-tables.ts";

/** A table that `copy` takes over, every column of it. */
export interface CopyTable extends Input {
  readonly table: string;
  /** Its primary key: rows are read in this order, so that a copy that was ended knows where to go on. */
  readonly key: readonly string[];
}

const id = { id: "bigint" } as const;

const rollupColumns: Input["columns"] = {
  ...id,
  metric: "text",
  labels: "text",
  count: "bigint",
  sum_millis: "bigint",
  ...bucketTypes,
  created_at: "bigint",
  exemplar_run: "text",
  exemplar_url: "text",
  exemplar_at: "bigint",
  exemplar_seconds: "double precision",
};

const late = { duration_rollup_id: "bigint", queue_rollup_id: "bigint" } as const;

/** All tables but `maintenance`, which is about the database itself. What others refer to comes first. */
export const copyTables: readonly CopyTable[] = [
  table("rollups", ["id"], rollupColumns),
  table("retired_series", ["rollup_id"], retiredInput.columns),
  table("total_imports", ["key"], { key: "text", imported_at: "bigint", series: "integer" }),
  table("runs", ["id"], { ...id, ...runInput.columns }),
  table("jobs", ["run_id", "native_id"], jobInput.columns),
  table("run_completions", ["run_id", "key"], { ...runCompletionInput.columns, ...late }),
  table("job_completions", ["run_id", "key"], jobCompletionInput.columns),
  table("tallies", ["run_id", "rollup_id"], tallyInput.columns),
  table("legacy_runs", ["run_id"], { ...legacyRunInput.columns, ...collectedRunInput.columns }),
  table("legacy_jobs", ["run_id", "position"], legacyJobInput.columns),
  table("deliveries", ["id"], { ...id, ...deliveryInput.columns }),
];

function table(name: string, key: readonly string[], columns: Input["columns"]): CopyTable {
  return { table: name, name: `copied_${name}`, key, columns };
}
