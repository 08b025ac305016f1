import { AppError } from "../../errors.ts";
import { withTimeout } from "../../with-timeout.ts";

export interface ConcurrencyLimits {
  /** Concurrent reads; further ones are queued. */
  readonly concurrency: number;
  /** Reads that may be queued; further ones are refused. */
  readonly queueMax: number;
  /** After this time a read is abandoned and the next one starts. */
  readonly timeoutMillis: number;
}

/**
 * Limits concurrent reads, so that the page and the read API never take the connections that scrapes and probes need. The
 * returned function throws `unavailable` when the queue is full, and when a read takes too long.
 */
export function limitConcurrency({
  concurrency,
  queueMax,
  timeoutMillis,
}: ConcurrencyLimits): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let busy = 0;
  async function enter(): Promise<void> {
    if (busy < concurrency) busy++;
    else if (queue.length >= queueMax) throw new AppError("unavailable", "too many concurrent reads, retry");
    else await new Promise<void>((resolve) => queue.push(resolve));
  }
  function leave(): void {
    const next = queue.shift();
    // The next read takes the place, so `busy` stays.
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
  return new AppError("unavailable", "the database did not answer in time: request less, or retry");
}
