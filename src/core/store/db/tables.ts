import { bucketCount } from "../../rollup.ts";
import type { Input } from "./rowset.ts";
import { legacyInputs } from "./legacy-tables.ts";

const version = {
  version_epoch: "bigint",
  version_clock: "bigint",
  version_rank: "integer",
  unstated: "integer",
  older: "text",
} as const;

const timing = {
  native_status: "text",
  state: "text",
  result: "text",
  queued_at: "bigint",
  started_at: "bigint",
  finished_at: "bigint",
  queue_seconds: "double precision",
  duration_seconds: "double precision",
} as const;

const completion = {
  rollup_id: "bigint",
  result: "text",
  finished_at: "bigint",
  queue_seconds: "double precision",
  duration_seconds: "double precision",
} as const;

export const deliveryInput = {
  name: "deliveries",
  columns: {
    key: "text",
    source: "text",
    provider: "text",
    outcome: "text",
    reason: "text",
    received_at: "bigint",
    bytes: "integer",
    headers: "text",
    body: "text",
  },
} as const satisfies Input;

/** Runs by their native identity: to lock them, or to find them. */
export const runKeyInput = {
  name: "run_keys",
  columns: { source: "text", native_id: "text", provider: "text", first_seen_at: "bigint" },
} as const satisfies Input;

export const runIdInput = { name: "run_ids", columns: { run_id: "bigint" } } as const satisfies Input;

/** Jobs of runs, to find them. */
export const jobKeyInput = {
  name: "job_keys",
  columns: { run_id: "bigint", native_id: "text" },
} as const satisfies Input;

export const jobNameInput = {
  name: "job_names",
  columns: { run_id: "bigint", name: "text" },
} as const satisfies Input;

export const runInput = {
  name: "runs",
  columns: {
    source: "text",
    native_id: "text",
    provider: "text",
    first_seen_at: "bigint",
    project: "text",
    pipeline: "text",
    title: "text",
    number: "text",
    ref: "text",
    ref_kind: "text",
    default_branch: "boolean",
    sha: "text",
    trigger: "text",
    url: "text",
    parent: "text",
    restart_of: "text",
    detail: "text",
    ...timing,
    attempt: "integer",
    restarts: "integer",
    recovered: "boolean",
    newest_retry: "bigint",
    waiting_since: "bigint",
    executions: "text",
    ...version,
    updated_at: "bigint",
  },
} as const satisfies Input;

export const jobInput = {
  name: "jobs",
  columns: {
    run_id: "bigint",
    native_id: "text",
    name: "text",
    stage: "text",
    task_type: "text",
    runner: "text",
    url: "text",
    allow_failure: "boolean",
    failure_reason: "text",
    retries: "integer",
    attempt: "integer",
    ...timing,
    ...version,
  },
} as const satisfies Input;

export const runCompletionInput = {
  name: "run_completions",
  columns: { run_id: "bigint", key: "text", attempt_order: "bigint", ...completion },
} as const satisfies Input;

export const jobCompletionInput = {
  name: "job_completions",
  columns: { run_id: "bigint", key: "text", ...completion },
} as const satisfies Input;

/** Kept completions, and the counter that counts them now. */
export const releaseInput = {
  name: "releases",
  columns: { run_id: "bigint", key: "text", rollup_id: "bigint" },
} as const satisfies Input;

/** What runs added to series besides their completions. */
export const tallyInput = {
  name: "tallies",
  columns: { run_id: "bigint", rollup_id: "bigint", count: "bigint" },
} as const satisfies Input;

/** Series to find or to create. */
export const seriesInput = {
  name: "series",
  columns: { metric: "text", labels: "text", created_at: "bigint" },
} as const satisfies Input;

/** Pipelines of which active runs are counted. */
export const pipelineInput = {
  name: "pipelines",
  columns: { provider: "text", project: "text", pipeline: "text" },
} as const satisfies Input;

/** A metric, and between which texts the labels of one project's series lie. */
export const ownedSeriesInput = {
  name: "owned_series",
  columns: { metric: "text", first: "text", beyond: "text" },
} as const satisfies Input;

/** Series that were retired. */
export const retiredInput = {
  name: "retired",
  columns: { rollup_id: "bigint", metric: "text", labels: "text", retired_at: "bigint" },
} as const satisfies Input;

const additionColumns = {
  id: "bigint",
  count: "bigint",
  sum_millis: "bigint",
  exemplar_run: "text",
  exemplar_url: "text",
  exemplar_at: "bigint",
  exemplar_seconds: "double precision",
} as const;

/** A series' row has a column a bucket; of a counter they stay 0. */
export const bucketColumns: readonly string[] = Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`);
/** The columns of a series' row that grow. */
export const summedColumns: readonly string[] = ["count", "sum_millis", ...bucketColumns];
export const bucketTypes = Object.fromEntries(bucketColumns.map((column) => [column, "bigint"] as const));

/** Additions to series, by rollups.id. */
export const additionInput: Input = { name: "additions", columns: { ...additionColumns, ...bucketTypes } };

export const inputs: readonly Input[] = [
  deliveryInput,
  runKeyInput,
  runIdInput,
  jobKeyInput,
  jobNameInput,
  runInput,
  jobInput,
  runCompletionInput,
  jobCompletionInput,
  releaseInput,
  tallyInput,
  seriesInput,
  ownedSeriesInput,
  pipelineInput,
  retiredInput,
  additionInput,
  ...legacyInputs,
];
