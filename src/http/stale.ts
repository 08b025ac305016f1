import type { Config } from "../config/index.ts";
import type { Millis } from "../core/model.ts";
import { dayMillis } from "../core/store/read/types.ts";

/** What decides whether a run is stale. */
export interface StaleRule {
  readonly config: Pick<Config, "staleDays">;
  readonly clock: () => Millis;
}

/** An unfinished run whose last delivery came before this moment is shown as stale; 0: none is. */
export function findStaleBefore({ config, clock }: StaleRule): Millis {
  return config.staleDays === 0 ? 0 : clock() - config.staleDays * dayMillis;
}
