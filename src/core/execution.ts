import type { CompletionFacts } from "./completion.ts";
import type { RunResult } from "./states.ts";
import type { Millis } from "./time.ts";

/** One execution of a run id, besides its completion. Moments are the earliest that were reported. */
export interface Execution {
  /** The item of the provider's queue that it came from; `null`: not reported. */
  readonly item: number | null;
  readonly queuedAt?: Millis | undefined;
  readonly startedAt?: Millis | undefined;
  /** The key of its completion, where that was counted without the start. */
  readonly late?: string | undefined;
  /** Its end, where a delivery without the start had counted it already, and the key of that completion. */
  readonly end?: { readonly millis: number; readonly result: RunResult; readonly key: string } | undefined;
}

/** The executions and completions that are stored under one run id. */
export interface Executions {
  readonly all: readonly Execution[];
  readonly completions: ReadonlyMap<string, CompletionFacts>;
}

/** A completion and its key. */
export type Completed = readonly [string, CompletionFacts];
