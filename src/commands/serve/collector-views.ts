import { readMessage } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import type { Log } from "../../log.ts";

/** The views with the old collector's columns: which runs they show. Nothing here rejects: it is called again in a minute. */
export interface CollectorViews {
  /** Has the views show every run from now on, where the setting says so. */
  readonly turnOn: () => Promise<void>;
  /** Adds the runs that were recorded before the views were turned on, by the setting or by a saved pipeline. */
  readonly addEarlierRuns: (signal: AbortSignal) => Promise<void>;
}

export function createCollectorViews(
  { maintenance }: Pick<Store, "maintenance">,
  log: Log,
  isWanted: boolean,
): CollectorViews {
  let isTurnedOn = !isWanted;

  async function turnOn(): Promise<void> {
    if (isTurnedOn) return;
    try {
      if (await maintenance.turnOnCollector(Date.now()))
        log.info("the old pipeline collector's views show every run from now on; those before are added step by step");
      isTurnedOn = true;
    } catch (error) {
      // Runs of the minute until the next try are added with the earlier ones.
      log.warn({ error: readMessage(error) }, "the old pipeline collector's views could not be turned on");
    }
  }

  return {
    turnOn,
    async addEarlierRuns(signal) {
      await turnOn();
      try {
        const runs = await maintenance.numberEarlierRuns(signal);
        if (runs > 0) log.info({ runs }, "earlier runs were added to the old pipeline collector's views");
      } catch (error) {
        log.warn(
          { error: readMessage(error) },
          "earlier runs could not be added to the old pipeline collector's views",
        );
      }
    },
  };
}
