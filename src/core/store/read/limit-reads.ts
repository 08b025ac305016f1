import { createConcurrencyLimit } from "../../concurrency-limit.ts";
import { AppError } from "../../errors.ts";
import { withTimeout } from "../../with-timeout.ts";

export interface ReadLimits {
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
export function limitReads({
  concurrency,
  queueMax,
  timeoutMillis,
}: ReadLimits): <T>(work: () => Promise<T>) => Promise<T> {
  const limit = createConcurrencyLimit(concurrency);
  return async (work) => {
    if (limit.size() >= concurrency + queueMax) throw new AppError("unavailable", "too many concurrent reads, retry");
    const release = await limit.take();
    try {
      return await withTimeout(work(), timeoutMillis, createTimeoutError);
    } finally {
      release?.();
    }
  };
}

function createTimeoutError(): AppError {
  return new AppError("unavailable", "the database did not answer in time: request less, or retry");
}
