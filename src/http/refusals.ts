import type { Millis } from "../core/time.ts";

/** Counts refused requests per client address, and limits the log lines about them. */
export interface Refusals {
  /** Counts a refusal; true if the address has had too many and gets 429. */
  tooMany(address: string): boolean;
  /**
   * The number of refusals of this kind that were skipped since the last log line, or `undefined` if this one must be skipped
   * too: repeated refusals must not flood the log.
   */
  unlogged(kind: string): number | undefined;
}

/** A leaky bucket per address: refusals it holds, and how many leak per second. */
const [burst, perSecond] = [120, 2];
/** Addresses in memory; above that the one whose last refusal is oldest is dropped. */
const addressesMax = 10_000;
/** Log lines of one kind per minute. */
const linesMax = 10;
const lineWindowMillis = 60_000;

/** `Retry-After` of a 429, in seconds: enough refusals have leaked by then. */
export const refusedRetryAfter = 30;

export function createRefusals(now: () => Millis): Refusals {
  const counts = new Map<string, { count: number; at: Millis }>();
  const lines = new Map<string, { begunAt: Millis; lines: number; unlogged: number }>();
  return {
    tooMany(address) {
      const at = now();
      const last = counts.get(address) ?? { count: 0, at };
      const count = Math.min(Math.max(0, last.count - ((at - last.at) / 1000) * perSecond) + 1, burst + 1);
      counts.delete(address);
      counts.set(address, { count, at });
      if (counts.size > addressesMax) counts.delete(counts.keys().next().value ?? "");
      return count > burst;
    },
    unlogged(kind) {
      const at = now();
      const counter = lines.get(kind);
      const line =
        counter === undefined || at - counter.begunAt >= lineWindowMillis
          ? createCounter(at, counter?.unlogged ?? 0)
          : counter;
      lines.set(kind, line);
      if (line.lines >= linesMax) {
        line.unlogged++;
        return undefined;
      }
      line.lines++;
      const { unlogged } = line;
      line.unlogged = 0;
      return unlogged;
    },
  };
}

function createCounter(begunAt: Millis, unlogged: number) {
  return { begunAt, lines: 0, unlogged };
}
