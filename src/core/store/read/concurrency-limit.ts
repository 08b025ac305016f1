import { AppError } from "../../errors.ts";
import { withTimeout } from "../../with-timeout.ts";

export interface ConcurrencyLimits {
  /** Reads at a time; those that come meanwhile wait. */
  readonly concurrency: number;
  /** Those that wait; what comes on top is refused. */
  readonly waitingMax: number;
  /** After this a read that never ends is abandoned and its place is free again. */
  readonly timeoutMillis: number;
}

/**
 * Runs a few reads at a time, so that the page and the read API never take the connections that scrapes and probes need.
 * The returned function throws `unavailable` where too many wait, and for a read that takes too long.
 */
export function limitConcurrency({
  concurrency,
  waitingMax,
  timeoutMillis,
}: ConcurrencyLimits): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  async function enter(): Promise<void> {
    if (busy < concurrency) busy++;
    else if (waiting.length >= waitingMax) throw new AppError("unavailable", "too many concurrent reads, retry");
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function leave(): void {
    const next = waiting.shift();
    // The place is handed on, so `busy` stays.
    if (next === undefined) busy--;
    else next();
  }
  return async (work) => {
    await enter();
    try {
      return await withTimeout(work(), timeoutMillis, createTimeoutError);
    } finally {
      leave();
    }
  };
}

function createTimeoutError(): AppError {
  return new AppError("unavailable", "the database did not answer in time: ask for less, or try again");
}
