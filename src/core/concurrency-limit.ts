/** Limits how many of something run at a time; others wait in the order in which they came. */
export interface ConcurrencyLimit {
  /** How many run or wait. */
  size(): number;
  /** Resolves with the function that gives the place back; with `undefined` where `signal` ended the wait. */
  take(signal?: AbortSignal): Promise<(() => void) | undefined>;
}

export function createConcurrencyLimit(count: number): ConcurrencyLimit {
  let free = count;
  const queue: (() => void)[] = [];
  const release = () => {
    const next = queue.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    size: () => count - free + queue.length,
    async take(signal) {
      if (signal?.aborted === true) return undefined;
      if (free > 0) {
        free--;
        return release;
      }
      return new Promise((resolve) => {
        const start = () => {
          signal?.removeEventListener("abort", cancel);
          resolve(release);
        };
        const cancel = () => {
          queue.splice(queue.indexOf(start), 1);
          resolve(undefined);
        };
        queue.push(start);
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
  };
}
