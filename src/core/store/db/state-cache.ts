import type { Connection } from "./connect.ts";
import { isSame, type PartialKey } from "./partial-answers.ts";

/**
 * States of partial answers that were read and parsed, for the next insight about the same days: to read and parse them takes most of its
 * time. One is used only while the stored one is of the same runs. What is in it must not be changed.
 */
export interface StateCache {
  find(key: PartialKey): unknown;
  keep(key: PartialKey, state: unknown, length: number): void;
}

/** Characters of JSON that all cached states together had: in memory they take about as many bytes. */
const lengthMax = 80_000_000;

interface Cached {
  readonly key: PartialKey;
  readonly state: unknown;
  readonly length: number;
}

export function createStateCache(max = lengthMax): StateCache {
  /** The one that was used last is at the end. */
  const cached = new Map<string, Cached>();
  let total = 0;

  function remove(name: string): void {
    total -= cached.get(name)?.length ?? 0;
    cached.delete(name);
  }

  return {
    find(key) {
      const name = nameState(key);
      const found = cached.get(name);
      if (found === undefined || !isSame(found.key, key)) return undefined;
      cached.delete(name);
      cached.set(name, found);
      return found.state;
    },
    keep(key, state, length) {
      const name = nameState(key);
      remove(name);
      cached.set(name, { key, state, length });
      total += length;
      for (const oldest of cached.keys()) {
        if (total <= max) break;
        remove(oldest);
      }
    },
  };
}

function nameState({ answer, hours, hour }: PartialKey): string {
  return `${answer} ${hours} ${hour}`;
}

const caches = new WeakMap<Connection, StateCache>();

/** The cache of a connection. */
export function getStateCache(connection: Connection): StateCache {
  const found = caches.get(connection) ?? createStateCache();
  caches.set(connection, found);
  return found;
}
