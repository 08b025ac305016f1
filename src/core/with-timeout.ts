import type { Millis } from "./time.ts";

/**
 * Rejects with the error that `onTimeout` makes when `work` has not settled after `millis`. The work itself continues: a
 * database call cannot be cancelled from here.
 */
export function withTimeout<T>(work: Promise<T>, millis: Millis, onTimeout: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onTimeout()), millis);
    const settle =
      <V>(by: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        by(value);
      };
    work.then(settle(resolve), settle(reject));
  });
}
