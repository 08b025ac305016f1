import type { Config } from "../config/index.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Store } from "../core/store/index.ts";
import type { Runner } from "../exporters/runner.ts";
import type { Log } from "../log.ts";
import type { Answers } from "./answers.ts";
import type { ByteBudget } from "./budget.ts";
import type { Refusals } from "./refusals.ts";
import type { RefusedRegister } from "./refused-deliveries.ts";
import type { ProcessMetrics } from "../metrics/process.ts";
import type { Millis } from "../core/time.ts";

/** What routes may use; created once, at startup. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly metrics: ProcessMetrics;
  /** Runs exporters. */
  readonly exporters: Runner;
  readonly log: Log;
  readonly clock: () => Millis;
  /** Limits the bytes of the bodies of all requests in progress. */
  readonly bodies: ByteBudget;
  /** Called for each stored dead letter, with the size of its body. */
  readonly storedDeadLetter: (source: string, bytes: number) => void;
  /** How long a snapshot is reused for further scrapes, so that two Prometheus servers cost one query. */
  readonly snapshotMillis: Millis;
  /** Answers that the views of the page show. */
  readonly answers: Answers;
  readonly refusals: Refusals;
  readonly refusedDeliveries: RefusedRegister;
  /** The token of the link printed at startup; accepted for the page and the read API besides the configured tokens. */
  readonly pageToken: string | undefined;
  /** False from the moment the process is asked to stop. */
  readonly accepting: () => boolean;
  /** Aborted at that moment. */
  readonly stopping: AbortSignal;
}
