import type { Increment } from "../increment.ts";
import type { Millis } from "../time.ts";

/** What only senders of the older tools report. */
export interface Extension {
  /** Increments of the older tool's own metrics; they are added together with the completion, once. */
  readonly increments?: readonly Increment[] | undefined;
  /** Figures of a saved pipeline: stored with the run and shown in the older tool's views, never counted. */
  readonly saved?: SavedFigures | undefined;
}

/** Figures of a saved pipeline for which there are no facts, as the sender measured them. Whole seconds. */
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
  /** The native id that was saved with it; `null`: it belongs to the job of that name in a webhook's delivery. */
  readonly job: string | null;
  readonly name: string;
  readonly e2e: number | null;
  readonly up: number | null;
  readonly upWithoutPull: number | null;
  readonly pull: number | null;
}
