import { expect } from "chai";
import { createCommitDelay } from "../../src/core/commit-delay.ts";

/** A transaction that ended at 1000 ms after 12 ms, with 4 deliveries; 2 were queued then. */
const ended = { at: 1000, millis: 12, written: 4, queued: 2 };

describe("commit delay", () => {
  it("waits after a slow transaction for as many deliveries as were under way, a quarter of its time at most", () => {
    const delay = createCommitDelay();
    delay.end(ended);

    expect(delay.plan(2, 1000)).to.deep.equal({ deliveries: 6, millis: 3 });
  });

  it("waits 5 ms at most", () => {
    const delay = createCommitDelay();
    delay.end({ ...ended, millis: 700 });

    expect(delay.plan(2, 1000)).to.deep.equal({ deliveries: 6, millis: 5 });
  });

  it("counts the wait from the end of the transaction", () => {
    const delay = createCommitDelay();
    delay.end(ended);

    expect(delay.plan(3, 1002)).to.deep.equal({ deliveries: 6, millis: 1 });
    expect(delay.plan(1, 1003)).to.equal(undefined);
    expect(delay.plan(1, 60_000)).to.equal(undefined);
  });

  it("does not wait before the first transaction, after a fast one, or when all are queued", () => {
    const delay = createCommitDelay();
    expect(delay.plan(1, 1000)).to.equal(undefined);
    delay.end({ ...ended, millis: 1.9 });
    expect(delay.plan(2, 1000)).to.equal(undefined);
    delay.end(ended);
    expect(delay.plan(6, 1000)).to.equal(undefined);
  });

  it("goes on waiting while at least half of the answered senders come back", () => {
    const delay = createCommitDelay();
    delay.end(ended);
    for (let i = 0; i < 40; i++) {
      expect(delay.plan(2, 1000)).not.to.equal(undefined);
      delay.learn(4);
    }
  });

  it("waits for one transaction in sixteen while waiting is in vain, and for each when it no longer is", () => {
    const delay = createCommitDelay();
    delay.end(ended);
    delay.plan(2, 1000);
    delay.learn(3);

    const waits = Array.from({ length: 64 }, () => delay.plan(2, 1000) !== undefined);
    expect(waits.filter(Boolean)).to.have.length(4);

    delay.learn(6);
    expect(Array.from({ length: 10 }, () => delay.plan(2, 1000) !== undefined)).to.deep.equal(Array(10).fill(true));
  });
});
