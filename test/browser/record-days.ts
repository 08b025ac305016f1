import { expect } from "chai";
import { getAdapter } from "../../src/adapters/index.ts";
import type { Store } from "../../src/core/store/index.ts";
import { dayMillis, type Millis } from "../../src/core/time.ts";
import { inventDay } from "../../src/demo/deliveries.ts";
import { createSubmission } from "../../src/ingest/submission.ts";

/** Deliveries of one transaction. */
const batchSize = 400;

export interface DaysOptions {
  readonly days: number;
  readonly runsADay: number;
  /** The end of the last one. */
  readonly now: Millis;
}

/** Records the demo's days as a server would, without the requests: each delivery parsed by its adapter, at the time it was sent. */
export async function recordDays(store: Store, { days, runsADay, now }: DaysOptions): Promise<void> {
  for (let ago = days - 1; ago >= 0; ago--) {
    const { deliveries } = inventDay({ seed: 1, runs: runsADay, now: now - ago * dayMillis });
    const entries = deliveries.map(({ provider, headers, body, at }) => {
      const request = { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: at };
      return createSubmission(getAdapter(provider), request, { source: provider, keepBodies: false });
    });
    for (let from = 0; from < entries.length; from += batchSize) {
      const outcomes = await store.record(entries.slice(from, from + batchSize).map(store.encode));
      expect(new Set(outcomes), "outcomes of the demo's deliveries").to.deep.equal(new Set(["accepted"]));
    }
  }
}
