import { expect } from "chai";
import { catchRefusal, gate, scripted, submission } from "../support/database/recorders.ts";

describe("ledger: a database that neither answers nor fails", () => {
  it("refuses the delivery a second after the timeout, and is not writable after five", async () => {
    const stalled = gate();
    const { ledger, time } = scripted(() => stalled.opened.then(() => []), { timeoutMillis: 1 });

    const refused = await catchRefusal(ledger.submit(submission("a")));
    expect(refused.message).to.equal("the database does not answer");
    expect(ledger.size(), "it is still being written").to.equal(1);
    time.now = 5000;
    expect(ledger.isWritable()).to.equal(true);
    time.now = 5001;
    expect(ledger.isWritable()).to.equal(false);

    stalled.open();
    await ledger.drain();
    expect(ledger.isWritable()).to.equal(true);
  });

  it("is writable again ten seconds after a failure, so that a sender can find out", async () => {
    const { ledger, time } = scripted(() => {
      throw new Error("out of range");
    });

    await catchRefusal(ledger.submit(submission("a")));
    time.now = 10_000;
    expect(ledger.isWritable()).to.equal(false);
    time.now = 10_001;
    expect(ledger.isWritable()).to.equal(true);
  });
});
