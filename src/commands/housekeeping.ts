import { messageOf } from "../core/errors.ts";
import type { Store } from "../core/store/index.ts";
import { deleteExpired } from "../core/store/retention.ts";
import { waitMillis } from "../core/waiting.ts";
import type { Log } from "../log.ts";

const minuteMillis = 60 * 1000;
const hourMillis = 3600 * 1000;
const dayMillis = 24 * hourMillis;

/**
 * While the server runs: counts once a minute what jobs add up to that waited long enough for their run, and deletes
 * expired rows once an hour. Returns how to end it.
 */
export function startHousekeeping(store: Store, log: Log, retentionDays: number): () => void {
  async function release(): Promise<void> {
    try {
      const runs = await store.release(Date.now() - waitMillis);
      if (runs > 0) log.info({ runs }, "jobs of runs that nothing was heard of are counted without their run's name");
    } catch (error) {
      // Nothing is lost by it: the next minute tries again.
      log.warn({ error: messageOf(error) }, "jobs that wait for their run could not be counted");
    }
  }
  async function tidy(): Promise<void> {
    try {
      // What still waits must not be deleted before it is counted.
      await release();
      const deleted = await deleteExpired(store.connection.knex, Date.now() - retentionDays * dayMillis);
      if (deleted.runs + deleted.deliveries > 0) log.info(deleted, "expired rows were deleted");
    } catch (error) {
      // Nothing is lost by it: the next hour tries again.
      log.warn({ error: messageOf(error) }, "expired rows could not be deleted");
    }
  }
  const timers = [setInterval(() => void release(), minuteMillis), setInterval(() => void tidy(), hourMillis)];
  for (const timer of timers) timer.unref();
  return () => timers.forEach(clearInterval);
}
