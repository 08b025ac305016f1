import { messageOf } from "../core/errors.ts";
import type { Store } from "../core/store/index.ts";
import { deleteExpired } from "../core/store/retention.ts";
import type { Log } from "../log.ts";

const hourMillis = 3600 * 1000;
const dayMillis = 24 * hourMillis;

/** Deletes expired rows once an hour while the server runs. Returns how to end it. */
export function startHousekeeping(store: Store, log: Log, retentionDays: number): () => void {
  async function tidy(): Promise<void> {
    try {
      const deleted = await deleteExpired(store.connection.knex, Date.now() - retentionDays * dayMillis);
      if (deleted.runs + deleted.deliveries > 0) log.info(deleted, "expired rows were deleted");
    } catch (error) {
      // Nothing is lost by it: the next hour tries again.
      log.warn({ error: messageOf(error) }, "expired rows could not be deleted");
    }
  }
  const timer = setInterval(() => void tidy(), hourMillis);
  timer.unref();
  return () => clearInterval(timer);
}
