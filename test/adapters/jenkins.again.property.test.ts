import { expect } from "chai";
import * as fc from "fast-check";
import { fold } from "../support/model/fold.ts";
import { delivery, observed, onlyRun, runs, start, type Delivery } from "../support/payloads/jenkins.ts";

const minute = 60_000;

/** One build after another under one path; the old one is finalized before its job can be deleted. */
const lives = fc
  .array(
    fc.record({
      gap: fc.constantFrom(2000, 40 * minute, 13 * 60 * minute),
      duration: fc.constantFrom(500, minute, minute, 47_123),
      status: fc.constantFrom("SUCCESS", "FAILURE", "ABORTED"),
      finalizing: fc.constantFrom(0, 400, 90_000, 14 * 60 * minute),
      waited: fc.constantFrom(0, 1500, 600_000),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((builds) => {
    let at = start;
    return builds.map((life, i) => {
      const begun = at + life.gap + life.waited;
      at = begun + life.duration + life.finalizing;
      return { ...life, begun, item: 100 + 7 * i };
    });
  });

type Life = (typeof lives extends fc.Arbitrary<infer L> ? L : never)[number];

function createDeliveries({ begun, item, duration, status, finalizing, waited }: Life): Delivery[] {
  const observation = (phase: string, timestamp: number, more: object = {}) =>
    delivery({ phase, timestamp, duration: 0, queue_id: item, ...more });
  return [
    observation("QUEUED", begun - waited),
    observation("STARTED", begun),
    observation("COMPLETED", begun + duration, { duration, status }),
    observation("FINALIZED", begun + duration + finalizing, { duration, status }),
  ];
}

describe("jenkins adapter: any builds that share a path", () => {
  const arrivals = lives.chain((builds) => {
    const sent = builds.flatMap(createDeliveries);
    const indexes = [...sent, ...sent].map((_, i) => i % sent.length);
    return fc.record({
      builds: fc.constant(builds),
      order: fc.shuffledSubarray(indexes, { minLength: indexes.length }),
    });
  });

  it("count each, with its own times, in any order and twice", () => {
    fc.assert(
      fc.property(arrivals, ({ builds, order }) => {
        const sent = builds.flatMap(createDeliveries);
        const folded = fold(order.flatMap((i) => sent[i] ?? []));
        const count = (status: string) => builds.filter((life) => life.status === status).length;
        expect([runs(folded, "success"), runs(folded, "failure"), runs(folded, "cancellation")]).to.deep.equal([
          count("SUCCESS"),
          count("FAILURE"),
          count("ABORTED"),
        ]);
        const sum = (times: readonly number[]) => times.reduce((a, b) => a + b, 0) / 1000;
        expect(observed(folded, "duration", "count")).to.equal(builds.length);
        expect(observed(folded, "duration", "sum")).to.be.closeTo(sum(builds.map(({ duration }) => duration)), 1e-6);
        expect(observed(folded, "queue", "count")).to.equal(builds.length);
        expect(observed(folded, "queue", "sum")).to.be.closeTo(sum(builds.map(({ waited }) => waited)), 1e-6);
        const last = builds.at(-1) as Life;
        const { folded: latest } = onlyRun(folded);
        expect(latest).to.include({ startedAt: last.begun, queuedAt: last.begun - last.waited });
        expect(latest.facts).to.include({ state: "finished", finishedAt: last.begun + last.duration });
      }),
      { numRuns: 600 },
    );
  });
});
