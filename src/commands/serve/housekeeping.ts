import { readMessage } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import { waitMillis } from "../../core/waiting.ts";
import type { Log } from "../../log.ts";
import type { CollectorViews } from "./collector-views.ts";
import type { DeadLetterQuota } from "./dead-letter-quota.ts";
import { dayMillis, type Millis } from "../../core/time.ts";

const minuteMillis = 60 * 1000;
const hourMillis = 3600 * 1000;
/** A clock that is wrong by less deletes rows some days early; by more, it could delete everything. Milliseconds. */
const trustMillis = 7 * dayMillis;

/** The clocks of this machine. */
export interface Clocks {
  readonly now: () => Millis;
  /** Monotonic clock: milliseconds since some moment, whatever happens to the time of day. */
  readonly uptime: () => number;
}

const machine: Clocks = { now: Date.now, uptime: () => performance.now() };

/**
 * While the server runs: once a minute it counts jobs that waited long enough for their run, counts what default branches have come to
 * and adds earlier runs to the old collector's views; a minute after the start and then once an hour it deletes expired rows and the bodies
 * of dead letters over their quota, and makes partitions of coming months. Returns a function that stops it.
 */
export function startHousekeeping(
  store: Store,
  log: Log,
  retentionDays: number,
  { trimAll, addEarlierRuns }: Pick<DeadLetterQuota, "trimAll"> & Pick<CollectorViews, "addEarlierRuns">,
): () => void {
  const expire = createExpiry(store, log, retentionDays);
  const stopping = new AbortController();
  async function release(): Promise<void> {
    try {
      const runs = await store.release(Date.now() - waitMillis);
      if (runs > 0) log.info({ runs }, "jobs were counted without their run's name: no delivery about the run arrived");
    } catch (error) {
      // Harmless: the next minute tries again.
      log.warn({ error: readMessage(error) }, "jobs that wait for their run could not be counted");
    }
  }
  async function fillDayTimes(): Promise<void> {
    try {
      const rows = await store.maintenance.fillDayTimes(Date.now());
      if (rows !== undefined) log.info({ rows }, "the day cube was compared with all stored jobs, and corrected");
    } catch (error) {
      // Harmless: the next hour tries again, and until then summaries read the jobs themselves.
      log.warn({ error: readMessage(error) }, "the day cube could not be compared with the stored jobs");
    }
  }
  async function makePartitions(): Promise<void> {
    try {
      const months = await store.maintenance.makePartitions();
      if (months.length > 0) log.info({ months }, "partitions of coming months were made");
    } catch (error) {
      // Harmless: the next hour tries again, and until then rows go to the default partition.
      log.warn({ error: readMessage(error) }, "partitions of coming months could not be made");
    }
  }
  async function countBranches(): Promise<void> {
    try {
      await store.maintenance.countDefaultBranches(Date.now());
    } catch (error) {
      // Harmless: the next minute tries again.
      log.warn({ error: readMessage(error) }, "breaks of default branches could not be counted");
    }
  }
  const sumUp = createSummingUp(store, log, stopping.signal);
  // Waiting jobs are counted before anything is deleted.
  const tidyRows = withoutOverlap(() => release().then(makePartitions).then(expire).then(fillDayTimes).then(trimAll));
  const tidy = () => tidyRows().then(() => sumUp(false));
  const timers = [
    setInterval(
      () =>
        void release()
          .then(countBranches)
          .then(() => addEarlierRuns(stopping.signal)),
      minuteMillis,
    ),
    setInterval(() => void sumUp(true), minuteMillis),
    // Soon for the first time: a server that is started again every hour has to delete too.
    setTimeout(() => void tidy(), minuteMillis),
    setInterval(() => void tidy(), hourMillis),
  ];
  for (const timer of timers) timer.unref();
  return () => {
    timers.forEach(clearInterval);
    stopping.abort();
  };
}

/**
 * Calls `work` unless its last call is still under way: what it would find to do, the call of the next hour finds. In a very large
 * ledger the comparison of the day cube takes longer than an hour, and a second one would take its place and begin again.
 */
export function withoutOverlap(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => (underWay ??= work().finally(() => (underWay = undefined)));
}

/**
 * Creates a function that makes what insights keep of hours and days. `recent`: what is looked at every minute, on a large ledger; the
 * whole takes minutes after an upgrade. One at a time. Never rejects.
 */
function createSummingUp(store: Pick<Store, "maintenance">, log: Log, signal: AbortSignal) {
  let [isLarge, isUnderWay] = [false, false];
  return async (recent: boolean): Promise<void> => {
    if (isUnderWay || (recent && !isLarge)) return;
    isUnderWay = true;
    try {
      const made = await store.maintenance.updatePartialAnswers(Date.now(), { recent, signal });
      if (!recent) isLarge = made.isLarge;
      if (made.days > 0) log.info({ hours: made.hours, days: made.days }, "runs were summed up for insights");
    } catch (error) {
      // Harmless: the next minute tries again, and until then insights read the runs themselves.
      log.warn({ error: readMessage(error) }, "runs could not be summed up for insights");
    } finally {
      isUnderWay = false;
    }
  };
}

/** Deletes what is expired now. While the clock cannot be trusted it deletes nothing and logs why. Never rejects. */
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
      const reason =
        describeClockJump(now - clocks.uptime() - began) ?? describeSilence(now, await maintenance.readLastReceived());
      if (reason !== undefined)
        return log.error({ now: new Date(now).toISOString() }, `no expired rows are deleted: ${reason}`);
      const from = clocks.uptime();
      const deleted = await maintenance.deleteExpired(before);
      log.info({ ...deleted, seconds: Math.round(clocks.uptime() - from) / 1000 }, "expired rows were deleted");
    } catch (error) {
      // Harmless: the next hour tries again.
      log.warn({ error: readMessage(error) }, "expired rows could not be deleted");
    }
  };
}

function describeClockJump(moved: Millis): string | undefined {
  if (moved <= trustMillis) return undefined;
  return `this machine's clock moved ${toDays(moved)} days ahead while the server ran; if it is right now, start the server again`;
}

function describeSilence(now: Millis, last: Millis | undefined): string | undefined {
  if (last === undefined || now - last <= trustMillis) return undefined;
  return `the last delivery came ${toDays(now - last)} days ago by this machine's clock; set the clock right, or wait for a delivery`;
}

function toDays(millis: Millis): number {
  return Math.floor(millis / dayMillis);
}
