import type { Config } from "../config/index.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Millis } from "../core/model.ts";
import type { Store } from "../core/store/index.ts";
import type { Runner } from "../exporters/runner.ts";
import type { Log } from "../log.ts";
import type { ByteBudget } from "./budget.ts";
import type { Refusals } from "./refusals.ts";
import type { ProcessMetrics } from "../metrics/process.ts";

/** Everything a route may use; made once, at the start. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly metrics: ProcessMetrics;
  /** Runs exporters. */
  readonly exporters: Runner;
  readonly log: Log;
  readonly clock: () => Millis;
  /** What the bodies of all requests that are not answered yet may take together. */
  readonly bodies: ByteBudget;
  /** Told of each dead letter that is stored, with the size of its body. */
  readonly storedDeadLetter: (source: string, bytes: number) => void;
  /** How long one reading of the run data serves all scrapes: two Prometheus servers cost one query. */
  readonly snapshotMillis: Millis;
  readonly refusals: Refusals;
  /** Opens the page and the read API besides the configured tokens: that of the link which a terminal was shown. */
  readonly pageToken: string | undefined;
  /** False from the moment the process is asked to stop. */
  readonly accepting: () => boolean;
}
