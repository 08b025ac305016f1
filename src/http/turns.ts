import { AppError } from "../core/errors.ts";

export interface TurnLimits {
  /** Works at a time. */
  readonly max: number;
  /** Of them for one key. */
  readonly perKey: number;
  /** That wait for one key; what comes on top is refused. */
  readonly waitingPerKey: number;
}

/** Resolves when it is somebody's turn, to what ends it. Rejects with `unavailable` where too many wait already. */
export type Turns = (key: string) => Promise<() => void>;

interface Waiting {
  readonly key: string;
  readonly begin: () => void;
}

/** Lets a few works go on at a time, and of one key even fewer, so that nobody alone keeps all others waiting. */
export function createTurns({ max, perKey, waitingPerKey }: TurnLimits): Turns {
  const waiting: Waiting[] = [];
  const busy = new Map<string, number>();
  let total = 0;

  const hasRoom = (key: string) => total < max && (busy.get(key) ?? 0) < perKey;

  function begin(key: string): () => void {
    total++;
    busy.set(key, (busy.get(key) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      total--;
      const left = (busy.get(key) ?? 1) - 1;
      if (left === 0) busy.delete(key);
      else busy.set(key, left);
      const next = waiting.findIndex((one) => hasRoom(one.key));
      if (next >= 0) waiting.splice(next, 1)[0]?.begin();
    };
  }

  return (key) => {
    if (hasRoom(key)) return Promise.resolve(begin(key));
    if (waiting.filter((one) => one.key === key).length >= waitingPerKey)
      return Promise.reject(new AppError("unavailable", "too many ask for this at a time: try again"));
    return new Promise((resolve) => waiting.push({ key, begin: () => resolve(begin(key)) }));
  };
}
