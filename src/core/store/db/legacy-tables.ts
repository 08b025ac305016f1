import type { Input } from "./rowset.ts";

/** A run that webhooks tell of beside the name it would have if it had been saved. */
export const meetingInput = {
  name: "meetings",
  columns: { source: "text", native_id: "text", project: "text", saved_id: "text" },
} as const satisfies Input;

export const legacyRunInput = {
  name: "legacy_runs",
  columns: { run_id: "bigint", pipeline_id: "bigint" },
} as const satisfies Input;

export const collectedRunInput = {
  name: "collected_runs",
  columns: {
    run_id: "bigint",
    saved_at: "bigint",
    duration: "integer",
    duration_e2e: "integer",
    has_restarts: "boolean",
  },
} as const satisfies Input;

export const legacyJobInput = {
  name: "legacy_jobs",
  columns: {
    run_id: "bigint",
    position: "integer",
    job: "text",
    name: "text",
    duration_e2e: "integer",
    duration_up: "integer",
    duration_up_without_pull: "integer",
    duration_pull: "integer",
  },
} as const satisfies Input;

/** What the old pipeline collector's tables need. */
export const legacyInputs: readonly Input[] = [meetingInput, legacyRunInput, collectedRunInput, legacyJobInput];
