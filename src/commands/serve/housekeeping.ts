import { messageOf } from "../../core/errors.ts";
import type { Millis } from "../../core/model.ts";
import type { Store } from "../../core/store/index.ts";
import { waitMillis } from "../../core/waiting.ts";
import type { Log } from "../../log.ts";
import type { DeadLetterQuota } from "./dead-letter-quota.ts";

const minuteMillis = 60 * 1000;
const hourMillis = 3600 * 1000;
const dayMillis = 24 * hourMillis;
/** A clock that is wrong by less deletes rows some days early; one that is wrong by more would delete everything. */
const trustMillis = 7 * dayMillis;

/** What the machine says of the time. */
export interface Clocks {
  readonly now: () => Millis;
  /** Milliseconds since some moment, which no change of the time of day moves. */
  readonly uptime: () => number;
}

const machine: Clocks = { now: Date.now, uptime: () => performance.now() };

/**
 * While the server runs: counts once a minute what jobs add up to that waited long enough for their run, and deletes
 * expired rows, and bodies of dead letters beyond their quota, once an hour. Returns how to end it.
 */
export function startHousekeeping(
  store: Store,
  log: Log,
  retentionDays: number,
  { trimAll }: DeadLetterQuota,
): () => void {
  const expire = createExpiry(store, log, retentionDays);
  async function release(): Promise<void> {
    try {
      const runs = await store.release(Date.now() - waitMillis);
      if (runs > 0) log.info({ runs }, "jobs of runs that nothing was heard of are counted without their run's name");
    } catch (error) {
      // Nothing is lost by it: the next minute tries again.
      log.warn({ error: messageOf(error) }, "jobs that wait for their run could not be counted");
    }
  }
  // What still waits must not be deleted before it is counted.
  const tidy = () => release().then(expire).then(trimAll);
  const timers = [setInterval(() => void release(), minuteMillis), setInterval(() => void tidy(), hourMillis)];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearInterval);
}

/** Deletes what is expired now; nothing while the clock cannot be trusted, and then it says why. Never rejects. */
export function createExpiry(
  store: Pick<Store, "maintenance">,
  log: Log,
  retentionDays: number,
  clocks = machine,
): () => Promise<void> {
  const began = clocks.now() - clocks.uptime();
  const { maintenance } = store;
  return async () => {
    const now = clocks.now();
    const before = now - retentionDays * dayMillis;
    try {
      if (!(await maintenance.hasExpired(before))) return;
      const doubt = jump(now - clocks.uptime() - began) ?? silence(now, await maintenance.readLastReceived());
      if (doubt !== undefined)
        return log.error({ now: new Date(now).toISOString() }, `no expired row is deleted: ${doubt}`);
      const deleted = await maintenance.deleteExpired(before);
      log.info(deleted, "expired rows were deleted");
    } catch (error) {
      // Nothing is lost by it: the next hour tries again.
      log.warn({ error: messageOf(error) }, "expired rows could not be deleted");
    }
  };
}

function jump(moved: Millis): string | undefined {
  if (moved <= trustMillis) return undefined;
  return `this machine's clock moved ${days(moved)} days ahead while the server ran; if it is right now, start the server again`;
}

function silence(now: Millis, last: Millis | undefined): string | undefined {
  if (last === undefined || now - last <= trustMillis) return undefined;
  return `the last delivery came ${days(now - last)} days ago by this machine's clock; set the clock right, or wait for a delivery`;
}

function days(millis: Millis): number {
  return Math.floor(millis / dayMillis);
}
