/** So many of something may happen at a time; others wait in the order in which they came. */
export interface ConcurrencyLimit {
  /** The function that gives the slot back; `undefined` where the wait was aborted. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
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
    async take(signal) {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free--;
        return release;
      }
      return new Promise((resolve) => {
        const turn = () => {
          signal.removeEventListener("abort", leave);
          resolve(release);
        };
        const leave = () => {
          queue.splice(queue.indexOf(turn), 1);
          resolve(undefined);
        };
        queue.push(turn);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
