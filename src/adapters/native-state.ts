import type { RunResult, State } from "../core/states.ts";

/** What the status words of a provider mean. Every `interpretStatus` returns it. */
export interface NativeState {
  readonly state: State;
  /** `null` as long as there is no result, and where the word for it is not known: nothing is counted on a guess. */
  readonly result: RunResult | null;
  /** The provider's own word, kept as it came. */
  readonly nativeStatus: string;
  /** Orders the statements of one run or job whose newest moment is the same: the greater rank is the later state. */
  readonly rank: number;
}
