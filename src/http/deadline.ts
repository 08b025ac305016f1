import type { Millis } from "../core/model.ts";

/** `work`, or after `millis` the error that `late` makes. The work itself goes on: nothing can call a driver back. */
export function within<T>(work: Promise<T>, millis: Millis, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), millis);
    const settle =
      <V>(by: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        by(value);
      };
    work.then(settle(resolve), settle(reject));
  });
}
