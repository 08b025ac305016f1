import type { Increment } from "../increment.ts";
import type { Millis } from "../time.ts";

/** What only the older tools' senders tell. */
export interface Extension {
  /** Totals of the older tool's own metrics, which are added with the completion, and as often: once. */
  readonly increments?: readonly Increment[] | undefined;
  /** Figures of a saved pipeline: stored with the run and shown in the older tool's views, never counted. */
  readonly saved?: SavedFigures | undefined;
}

/** Figures of a saved pipeline that the ledger has no facts for, as the sender measured them. Whole seconds. */
export interface SavedFigures {
  readonly savedAt: Millis;
  readonly pipelineId: string;
  readonly duration: number | null;
  readonly durationE2e: number | null;
  readonly hasRestarts: boolean;
  readonly jobs: readonly SavedSteps[];
}

/** Steps inside a test job. */
export interface SavedSteps {
  /** The native id that was saved with it; `null`: the job of that name that a webhook tells of. */
  readonly job: string | null;
  readonly name: string;
  readonly e2e: number | null;
  readonly up: number | null;
  readonly upWithoutPull: number | null;
  readonly pull: number | null;
}
