import { AppError } from "../../errors.ts";

export interface GateOptions {
  /** Reads at a time; those that come meanwhile wait. */
  readonly lanes: number;
  /** Those that wait; what comes on top is refused. */
  readonly waitingMax: number;
  /** After this a read that never ends is given up on and its lane is free again. */
  readonly abandonedMillis: number;
}

/**
 * Lets a few reads at a time through to the database, so that people who look at the past never take the connections
 * that scrapes and probes need. Throws `unavailable` where too many wait, and for a read that takes too long.
 */
export function gate({ lanes, waitingMax, abandonedMillis }: GateOptions): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  async function enter(): Promise<void> {
    if (busy < lanes) busy++;
    else if (waiting.length >= waitingMax) throw new AppError("unavailable", "too many are reading: try again");
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function leave(): void {
    const next = waiting.shift();
    // The lane is handed on, so `busy` stays.
    if (next === undefined) busy--;
    else next();
  }
  return async (work) => {
    await enter();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new AppError("unavailable", "the database did not answer in time: ask for less, or try again");
      timer = setTimeout(() => reject(error), abandonedMillis);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
      leave();
    }
  };
}
