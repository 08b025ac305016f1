import { AppError } from "../core/errors.ts";

export interface FairLimits {
  /** Tasks that run at a time. */
  readonly max: number;
  /** Tasks of one key that run at a time. */
  readonly perKey: number;
  /** Places of `max` that are reserved for keys without a running task. */
  readonly reserved: number;
  /** Tasks of one key that may wait; further ones are rejected. */
  readonly queuedPerKey: number;
}

/** Resolves with a function that frees the place, once there is one. Rejects with `unavailable` where too many wait. */
export type Acquire = (key: string) => Promise<() => void>;

interface Waiting {
  readonly key: string;
  readonly begin: () => void;
}

/** Limits how many tasks run at a time, in total and for each key, so that one client cannot keep all others waiting. */
export function createFairLimit({ max, perKey, reserved, queuedPerKey }: FairLimits): Acquire {
  const queue: Waiting[] = [];
  const running = new Map<string, number>();
  let total = 0;

  function hasRoom(key: string): boolean {
    const own = running.get(key) ?? 0;
    return own === 0 ? total < max : total < max - reserved && own < perKey;
  }

  /** Starts waiting tasks in their order. One freed place can start two of them, the second on a reserved place. */
  function startQueued(): void {
    for (;;) {
      const next = queue.findIndex((one) => hasRoom(one.key));
      if (next < 0) return;
      queue.splice(next, 1)[0]?.begin();
    }
  }

  function begin(key: string): () => void {
    total++;
    running.set(key, (running.get(key) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      total--;
      const left = (running.get(key) ?? 1) - 1;
      if (left === 0) running.delete(key);
      else running.set(key, left);
      startQueued();
    };
  }

  return (key) => {
    if (hasRoom(key)) return Promise.resolve(begin(key));
    if (queue.filter((one) => one.key === key).length >= queuedPerKey)
      return Promise.reject(new AppError("unavailable", "too many concurrent requests from this address, retry"));
    return new Promise((resolve) => queue.push({ key, begin: () => resolve(begin(key)) }));
  };
}
