import type { Millis } from "./time.ts";

/** After a transaction that took less there is no delay: a timer counts whole milliseconds, and would end too late. */
const slowMillis = 2;
/** The longest delay, as a part of how long the last transaction took, and in milliseconds. */
const delayShare = 0.25;
const delayMaxMillis = 5;
/** While waiting is in vain, one transaction in so many waits nevertheless, to notice when it no longer is. */
const trialEvery = 16;

/** What a transaction waits for before it begins. */
export interface Delay {
  /** Queued deliveries: all that were queued or written when the last transaction ended. */
  readonly deliveries: number;
  /** At most so long. */
  readonly millis: Millis;
}

/** A transaction that has ended. */
interface Ended {
  readonly at: Millis;
  readonly millis: Millis;
  /** Deliveries that it wrote. */
  readonly written: number;
  /** Deliveries that were queued at its end. */
  readonly queued: number;
}

/** Decides how long a transaction waits for the next deliveries of the senders that were just answered. */
export interface CommitDelay {
  /** Call it when a transaction ended. */
  readonly end: (ended: Ended) => void;
  /** Call it before a transaction; `undefined`: it begins at once. */
  readonly plan: (queued: number, now: Millis) => Delay | undefined;
  /** Call it after a delay, with what is queued now. */
  readonly learn: (queued: number) => void;
}

/**
 * Senders deliver one after the other, each once the one before is answered: GitLab by a fixed number of workers, each of
 * which waits for the response (app/workers/web_hook_worker.rb, app/services/web_hook_service.rb in gitlabhq/gitlabhq).
 * A transaction that begins at once after another one has those alone that were queued, and the senders that were just
 * answered wait for its flush and for that of the next one. So it waits for them a little, as PostgreSQL does with `commit_delay`
 * (https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-COMMIT-DELAY): only after a slow transaction, and only
 * while at least half of those that were answered do come.
 */
export function createCommitDelay(): CommitDelay {
  let last: Ended = { at: -Infinity, millis: 0, written: 0, queued: 0 };
  let isUseful = true;
  let begunSinceTrial = 0;
  return {
    end(ended) {
      last = ended;
    },
    plan(queued, now) {
      const deliveries = last.queued + last.written;
      const millis = last.at + Math.min(last.millis * delayShare, delayMaxMillis) - now;
      if (last.millis < slowMillis || millis <= 0 || queued >= deliveries) return undefined;
      if (!isUseful && ++begunSinceTrial < trialEvery) return undefined;
      begunSinceTrial = 0;
      return { deliveries, millis };
    },
    learn(queued) {
      isUseful = (queued - last.queued) * 2 >= last.written;
    },
  };
}
