import type { Fold } from "./answer.ts";

/** A computation that pauses: each `yield` ends some milliseconds of work. */
export type Steps<Found> = Generator<undefined, Found>;

/** The end of a fold whose last computation takes long: a caller of `work` can do something else between two steps. */
export function finishInSteps<Found>(compute: () => Steps<Found>): Required<Pick<Fold<Found>, "work" | "finish">> {
  let steps: Steps<Found> | undefined;
  let last: IteratorResult<undefined, Found> | undefined;

  function advance(): IteratorResult<undefined, Found> {
    steps ??= compute();
    if (last?.done !== true) last = steps.next();
    return last;
  }

  return {
    work: () => advance().done !== true,
    finish() {
      for (;;) {
        const { done, value } = advance();
        if (done === true) return value;
      }
    },
  };
}
