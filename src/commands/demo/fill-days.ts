import { getAdapter } from "../../adapters/index.ts";
import type { Config } from "../../config/index.ts";
import { inventSpan } from "../../demo/deliveries.ts";
import type { WorldOptions } from "../../demo/world.ts";
import type { DemoDelivery } from "../../demo/story.ts";
import type { Ledger } from "../../core/ledger.ts";
import type { Submission } from "../../core/delivery.ts";
import { createSubmission } from "../../ingest/submission.ts";
import { withLedger, type CommandLog } from "../with-store.ts";
import { dayMillis, type Millis } from "../../core/time.ts";

export interface Filling {
  readonly config: Config;
  readonly log: CommandLog;
  readonly options: WorldOptions;
  readonly days: number;
  /** A moment of the last day, at which it ends. */
  readonly now: Millis;
  /** Asked between two days: true ends the filling early. */
  readonly isEnded: () => boolean;
  /** Called with the number of days that are filled. */
  readonly show: (done: number) => void;
}

/** Deliveries that are submitted at a time, and stored with the time of the last one: about an hour's. */
const chunk = 100;

/** On Saturdays and Sundays little is pushed. */
const weekendShare = 0.25;

/** Writes invented days into a ledger, as if each delivery had been received when it was sent. */
export async function fillDays({ config, log, options, days, now, isEnded, show }: Filling) {
  const first = Math.floor(now / dayMillis) * dayMillis - (days - 1) * dayMillis;
  const filled = { runs: 0, deliveries: 0 };
  let clock = first;
  const fill = async (ledger: Ledger) => {
    for (let day = 0; day < days && !isEnded(); day++) {
      const midnight = first + day * dayMillis;
      const span = { from: midnight - 1, until: Math.min(now, midnight + dayMillis - 1), now };
      const { runs, deliveries } = inventSpan({ ...options, getShare }, span);
      for (let i = 0; i < deliveries.length; i += chunk) {
        const some = deliveries.slice(i, i + chunk);
        clock = some.at(-1)?.at ?? clock;
        await Promise.all(some.map((delivery) => ledger.submit(toSubmission(delivery))));
      }
      filled.runs += runs.length;
      filled.deliveries += deliveries.length;
      show(day + 1);
    }
  };
  await withLedger(config, log, fill, () => clock);
  return filled;
}

function getShare(midnight: Millis): number {
  return [0, 6].includes(new Date(midnight).getUTCDay()) ? weekendShare : 1;
}

function toSubmission({ provider, at, headers, body }: DemoDelivery): Submission {
  const request = { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: at };
  return createSubmission(getAdapter(provider), request, { source: provider, keepBodies: false });
}
