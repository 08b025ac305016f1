import type { Millis } from "../../time.ts";
import type { StoredChange, StoredDeployment, StoredPush } from "../read/code-event-types.ts";
import type { RunJob } from "../read/job-types.ts";
import type { StoredRun } from "../read/types.ts";

/** What can be exported, and what an item of it is. */
export interface ExportedRows {
  readonly runs: StoredRun;
  /** A job, on the day on which its run was first seen. */
  readonly jobs: RunJob;
  readonly deployments: StoredDeployment;
  readonly changes: StoredChange;
  readonly pushes: StoredPush;
}
export type ExportKind = keyof ExportedRows;

export interface ExportPage<T> {
  readonly items: readonly T[];
  /** About how much of the span has been read, from 0 to 1. */
  readonly share: number;
}

/** What is exported: what was first seen in this span. */
export interface ExportQuery {
  readonly since: Millis;
  readonly until: Millis;
  /** An unfinished run without a delivery since then is stale. */
  readonly staleBefore: Millis;
}
