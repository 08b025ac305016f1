import type { CompletionFacts } from "./completion.ts";
import type { RunResult } from "./states.ts";
import type { Millis } from "./time.ts";

/** What is known of one execution besides its completion. Moments are the earliest that were told. */
export interface Execution {
  /** The item of the provider's queue that it came from; `null`: not told. */
  readonly item: number | null;
  readonly queuedAt?: Millis | undefined;
  readonly startedAt?: Millis | undefined;
  /** The key of its completion, where that does not know the start. */
  readonly late?: string | undefined;
  /** Its end, where a delivery that did not tell the start had counted it already, and the key of that completion. */
  readonly end?: { readonly millis: number; readonly result: RunResult; readonly key: string } | undefined;
}

/** What the ledger holds of one id. */
export interface Executions {
  readonly all: readonly Execution[];
  readonly completions: ReadonlyMap<string, CompletionFacts>;
}

/** A completion and its key. */
export type Completed = readonly [string, CompletionFacts];
