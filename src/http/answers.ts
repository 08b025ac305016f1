import { setTimeout as wait } from "node:timers/promises";
import { AppError, readMessage } from "../core/errors.ts";
import type { Log } from "../log.ts";
import type { Millis } from "../core/time.ts";

/** An answer as a view shows it: the newest value that there is, or why there is none. */
export type Shown<T> = (Ready & { readonly value: T }) | Missing;

export interface Ready {
  readonly isReady: true;
  readonly asOf: Millis;
  /** It takes so long that it is kept for some time. */
  readonly isKept: boolean;
}

export interface Missing {
  readonly isReady: false;
  readonly isPending: boolean;
  readonly reason: string;
}

/** Asks for an answer by a name that says all that it depends on. Does not throw. */
export type Ask = <T>(name: string, compute: () => Promise<T>) => Promise<Shown<T>>;

export interface Answers {
  /** The answers to one request, which wait together until `waitMillis` after now. */
  readonly startRequest: () => Ask;
}

/** Answers that are kept. Those that were asked for longest ago go first. */
const keptMax = 300;
/** An answer that took longer than a request waits is used again for so many times as long, and not much longer than this. */
const reuseFactor = 10;
const reuseMaxMillis: Millis = 600_000;

interface Kept {
  value?: unknown;
  at: Millis;
  tookMillis: Millis;
  pending: Promise<void> | undefined;
  failure: string | undefined;
}

/**
 * Keeps the answers of views, so that no view waits for one that takes long: it shows the last one with its time while a newer one is
 * computed. Answers that are asked for at the same time are computed once.
 */
export function createAnswers(waitMillis: Millis, clock: () => Millis, log: Pick<Log, "error">): Answers {
  const kept = new Map<string, Kept>();

  function take(name: string): Kept {
    const entry = kept.get(name) ?? { at: 0, tookMillis: 0, pending: undefined, failure: undefined };
    kept.delete(name);
    kept.set(name, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= keptMax) break;
      kept.delete(oldest);
    }
    return entry;
  }

  async function renew(entry: Kept, name: string, compute: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    const at = clock();
    try {
      entry.value = await compute();
      entry.failure = undefined;
      entry.at = at;
    } catch (error) {
      entry.value = undefined;
      entry.failure = describe(error);
      if (!(error instanceof AppError)) log.error({ answer: name, error: readMessage(error) }, "an answer failed");
    }
    entry.tookMillis = performance.now() - began;
    entry.pending = undefined;
  }

  function mayReuse({ value, at, tookMillis }: Kept): boolean {
    const reusableMillis = tookMillis <= waitMillis ? 0 : Math.min(reuseMaxMillis, tookMillis * reuseFactor);
    return value !== undefined && clock() - at < reusableMillis;
  }

  return {
    startRequest() {
      const end = performance.now() + waitMillis;
      return async <T>(name: string, compute: () => Promise<T>): Promise<Shown<T>> => {
        const entry = take(name);
        if (!mayReuse(entry)) {
          entry.pending ??= renew(entry, name, compute);
          await settleBefore(entry.pending, end - performance.now());
        }
        if (entry.value !== undefined) {
          return { isReady: true, value: entry.value as T, asOf: entry.at, isKept: entry.tookMillis > waitMillis };
        }
        const isPending = entry.pending !== undefined;
        return {
          isReady: false,
          isPending,
          reason: isPending ? "It is being computed" : (entry.failure ?? "It is not there"),
        };
      };
    },
  };
}

async function settleBefore(work: Promise<void>, millis: Millis): Promise<void> {
  if (millis <= 0) return;
  const timer = new AbortController();
  await Promise.race([work, wait(millis, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}

/** As for the whole page: messages of drivers are not shown. */
function describe(error: unknown): string {
  return error instanceof AppError ? error.message : "the server could not compute it, and logged why";
}
