import type { Millis } from "../core/model.ts";

/** Who is refused again and again, and what of it is worth a line in the log. */
export interface Refusals {
  /** Counts a refusal; true where there were so many from this address that it is told to stop. */
  tooMany(address: string): boolean;
  /**
   * How many refusals of this kind were not logged since the last line, or `undefined` where this one is not worth a line
   * either: somebody who is refused without end must not fill the log.
   */
  unlogged(kind: string): number | undefined;
}

/** Refusals that an address may collect at once, and how many of them are forgotten in a second. */
const [burst, perSecond] = [120, 2];
/** Addresses that are remembered; of more the one that was refused longest ago is forgotten. */
const addressesMax = 10_000;
/** Lines of one kind in a minute. */
const linesMax = 10;
const lineWindowMillis = 60_000;

/** Seconds until an address that was told to stop has some refusals left again. */
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
      const known = lines.get(kind);
      const line =
        known === undefined || at - known.begunAt >= lineWindowMillis ? fresh(at, known?.unlogged ?? 0) : known;
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

function fresh(begunAt: Millis, unlogged: number) {
  return { begunAt, lines: 0, unlogged };
}
