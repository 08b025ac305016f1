import { getAdapter } from "../src/adapters/index.ts";
import type { Entry } from "../src/core/delivery.ts";
import { openStore } from "../src/core/store/index.ts";
import { createSubmission } from "../src/ingest/submission.ts";
import { firstId, compactPayload } from "./payloads.ts";
import { fill } from "./payloads/text.ts";

/** Runs of one transaction: about a thousand jobs. */
const batchRuns = 80;

const gitlab = getAdapter("gitlab");

/**
 * Records `count` runs with twelve jobs each, as they would be stored had they arrived at `at`: the adapter and the store of the
 * program write them, by a clock of that time. The runs of a load with a `round` of bench/wrk.ts above 0 are others.
 */
export async function recordExpired(url: string, count: number, at: Date): Promise<void> {
  const log = { warn: console.error, error: console.error };
  const store = await openStore({ url, log, clock: () => at.getTime(), seriesMax: 10_000 });
  const payload = compactPayload(at);
  const createEntry = (i: number): Entry => {
    const [body = "", key = ""] = [payload.body, "{{n}}"].map((text) => fill(text, firstId + i, at));
    const request = {
      headers: { "idempotency-key": key },
      query: new URLSearchParams(),
      body: Buffer.from(body),
      receivedAt: at.getTime(),
    };
    return createSubmission(gitlab, request, { source: "gitlab", keepBodies: false });
  };
  try {
    for (let first = 0; first < count; first += batchRuns) {
      const entries = Array.from({ length: Math.min(batchRuns, count - first) }, (_, i) => createEntry(first + i));
      const outcomes = await store.record(entries.map(store.encode));
      if (outcomes.some((outcome) => outcome !== "accepted")) throw new Error("a run of the history was not new");
    }
  } finally {
    await store.close();
  }
}
