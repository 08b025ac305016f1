import { expect } from "chai";
import { accept, gate, scripted, settled, submission } from "../support/database/recorders.ts";

const immediate = () => new Promise((resolve) => setImmediate(resolve));

describe("ledger: how deliveries are grouped", () => {
  it("begins a second transaction only with enough for a batch", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(
      async (batch) => {
        await opened;
        return accept(batch);
      },
      { concurrency: 2, flushAt: 3 },
    );

    const answers = ["a"].map((key) => ledger.submit(submission(key)));
    await settled(answers);
    answers.push(ledger.submit(submission("b")), ledger.submit(submission("c")));
    await settled(answers);
    expect(calls).to.deep.equal([["a"]]);
    answers.push(ledger.submit(submission("d")));
    await settled(answers);
    expect(calls).to.deep.equal([["a"], ["b", "c", "d"]]);

    open();
    expect(await Promise.all(answers)).to.deep.equal(Array(4).fill("accepted"));
  });

  it("begins a second one with any number while the first is stuck", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(
      async (batch, call) => {
        if (call === 1) await opened;
        return accept(batch);
      },
      { concurrency: 2, flushAt: 3 },
    );

    const stuck = ledger.submit(submission("a"));
    await settled([stuck]);
    const queued = ledger.submit(submission("b"));
    expect(await queued).to.equal("accepted");
    expect(await ledger.submit(submission("c"))).to.equal("accepted");
    expect(await settled([stuck])).to.deep.equal(["waiting"]);

    open();
    expect(await stuck).to.equal("accepted");
    expect(calls).to.deep.equal([["a"], ["b"], ["c"]]);
  });

  it("takes the next deliveries of senders that were just answered into one transaction, after a slow one", async () => {
    const { opened: begun, open: begin } = gate();
    const { ledger, calls, time } = scripted(async (batch) => {
      begin();
      await immediate();
      time.now += 100;
      return accept(batch);
    });
    let together = false;
    async function send(name: string): Promise<void> {
      for (let i = 0; i < 200 && !together; i++) {
        await ledger.submit(submission(`${name}${i}`));
        together = calls.some((keys) => keys.length === 2);
        // A sender needs longer than one turn of the event loop.
        for (let turn = 0; turn < 3; turn++) await immediate();
      }
    }

    await Promise.all([send("a"), begun.then(() => send("b"))]);

    expect(together).to.equal(true);
  });
});
