import { expect } from "chai";
import { getAdapter } from "../../src/adapters/index.ts";
import { dayMillis, type Millis } from "../../src/core/time.ts";
import { inventDay } from "../../src/demo/deliveries.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { openTestStore } from "../support/database/test-store.ts";

/** Deliveries of one transaction: about half an hour's. */
const batchSize = 20;

export interface DaysOptions {
  readonly days: number;
  readonly runsADay: number;
  /** The end of the last one. */
  readonly now: Millis;
}

/**
 * Records the demo's days into a new database as a server would, without the requests: each delivery parsed by its adapter, and stored
 * about when it was sent.
 */
export async function recordDays(url: string, { days, runsADay, now }: DaysOptions): Promise<void> {
  let clock = now;
  const log = { warn: console.error, error: console.error };
  const store = await openTestStore({ url, log, clock: () => clock, seriesMax: 20_000 });
  for (let ago = days - 1; ago >= 0; ago--) {
    const { deliveries } = inventDay({ seed: 1, runs: runsADay, now: now - ago * dayMillis });
    const submissions = deliveries.map(({ provider, headers, body, at }) => {
      const request = { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: at };
      return createSubmission(getAdapter(provider), request, { source: provider, keepBodies: false });
    });
    for (let from = 0; from < submissions.length; from += batchSize) {
      const batch = submissions.slice(from, from + batchSize);
      clock = batch.at(-1)?.delivery.receivedAt ?? now;
      const outcomes = await store.record(batch.map(store.encode));
      expect(new Set(outcomes), "outcomes of the demo's deliveries").to.deep.equal(new Set(["accepted"]));
    }
  }
  await store.close();
}
