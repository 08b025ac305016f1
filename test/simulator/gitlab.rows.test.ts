import { expect } from "chai";
import * as fc from "fast-check";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import { rows } from "../support/payloads/gitlab-orders.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { now } from "../support/database/databases.ts";
import { fold } from "../support/model/fold.ts";
import { liveThrough } from "./gitlab-life.ts";

/** A pipeline that is cancelled before it starts, and again after a manual job of it was played: seed of the story and of its order. */
const cancelledBeforeStart: [number, number] = [549_723, 1];

describe("simulated GitLab, in memory", () => {
  it("leaves the same rows and completions in every order, and with any number of repeats", () => {
    const any = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(any, any, (seed, order) => {
        const observations = liveThrough(seed, now).posted.map(({ event, body }) => {
          const headers = { "x-gitlab-event": event };
          const bytes = Buffer.from(JSON.stringify(body));
          const request = { headers, query: new URLSearchParams(), body: bytes, receivedAt: now };
          const parsed = gitlab.parse(request, "gitlab", {});
          if (parsed.kind !== "observed") throw new Error(`not understood: ${String(bytes)}`);
          return parsed.observations[0];
        });

        const inOrder = fold(observations);
        const mixed = fold(shuffled([...observations, ...observations], randomFrom(order)));

        expect(mixed.totals).to.deep.equal(inOrder.totals);
        expect(rows(mixed)).to.deep.equal(rows(inOrder));
      }),
      { numRuns: 300, examples: [cancelledBeforeStart] },
    );
  });
});
