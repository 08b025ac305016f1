import type { Config } from "../config/index.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** The setting and the clock that decide whether a run is stale. */
export interface StaleRule {
  readonly config: Pick<Config, "staleDays">;
  readonly clock: () => Millis;
}

/** Unfinished runs whose last delivery came before this time are shown as stale; 0: none are. Epoch milliseconds. */
export function computeStaleBefore({ config, clock }: StaleRule): Millis {
  return config.staleDays === 0 ? 0 : clock() - config.staleDays * dayMillis;
}
