import type { RunResult, State } from "../core/states.ts";

/** The meaning of a provider's status words. Every `interpretStatus` returns it. */
export interface NativeState {
  readonly state: State;
  /** `null` as long as there is no result, and for an unknown word: nothing is counted on a guess. */
  readonly result: RunResult | null;
  /** The provider's own word, kept as it came. */
  readonly nativeStatus: string;
  /** Orders the statements of one run or job whose newest moment is the same: the greater rank is the later state. */
  readonly rank: number;
}
