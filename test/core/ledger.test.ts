import { expect } from "chai";
import { accept, gate, scripted, settled, submission } from "../support/database/recorders.ts";

describe("ledger: group commit", () => {
  it("answers only when the store has committed", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(async (batch) => {
      await opened;
      return accept(batch);
    });

    const answers = [ledger.submit(submission("a"))];

    expect(await settled(answers)).to.deep.equal(["waiting"]);
    expect(calls).to.deep.equal([["a"]]);
    open();
    expect(await settled(answers)).to.deep.equal(["accepted"]);
  });

  it("gives each delivery its own outcome", async () => {
    const { ledger } = scripted(() => ["accepted", "duplicate", "ignored"]);

    const answers = await Promise.all(["a", "b", "c"].map((key) => ledger.submit(submission(key))));

    expect(answers).to.deep.equal(["accepted", "duplicate", "ignored"]);
  });

  it("writes in one transaction what arrives while another one is under way", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(async (batch, call) => {
      if (call === 1) await opened;
      return accept(batch);
    });

    const first = ledger.submit(submission("a"));
    await settled([first]);
    const rest = ["b", "c", "d"].map((key) => ledger.submit(submission(key)));
    await settled(rest);
    open();
    await Promise.all([first, ...rest]);

    expect(calls).to.deep.equal([["a"], ["b", "c", "d"]]);
  });

  it("writes in the order of arrival, and no more at once than it may", async () => {
    const { ledger, calls } = scripted(accept, { batchMax: 2 });

    await Promise.all(["a", "b", "c", "d", "e"].map((key) => ledger.submit(submission(key))));

    expect(calls).to.deep.equal([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("begins at once when enough wait", async () => {
    const { ledger, calls } = scripted(accept, { flushAt: 3 });

    const answers = ["a", "b", "c"].map((key) => ledger.submit(submission(key)));
    await Promise.resolve();
    await Promise.resolve();

    expect(calls).to.deep.equal([["a", "b", "c"]]);
    await Promise.all(answers);
  });

  it("forgets no delivery that arrives at the very end of a round", async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const { ledger } = scripted(accept);
      const first = ledger.submit(submission("a"));
      const second = first.then(async () => {
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        return ledger.submit(submission("b"));
      });

      expect(await settled([first, second]), `${ticks} ticks after`).to.deep.equal(["accepted", "accepted"]);
      expect(ledger.size()).to.equal(0);
    }
  });

  it("passes on what was observed, and nothing of how it came", async () => {
    const { ledger, entries } = scripted(accept);
    const sent = submission("a");

    await ledger.submit(sent);

    expect(entries).to.deep.equal([{ delivery: sent.delivery, observations: sent.observations }]);
  });
});

describe("ledger: concurrency", () => {
  it("has as many transactions under way as it may, and no more", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(
      async (batch) => {
        await opened;
        return accept(batch);
      },
      { concurrency: 2, batchMax: 1 },
    );

    const answers = ["a", "b", "c"].map((key) => ledger.submit(submission(key)));
    await settled(answers);

    expect(calls).to.deep.equal([["a"], ["b"]]);
    expect(ledger.size()).to.equal(3);
    open();
    expect(await Promise.all(answers)).to.deep.equal(["accepted", "accepted", "accepted"]);
    expect(calls).to.deep.equal([["a"], ["b"], ["c"]]);
    expect(ledger.size()).to.equal(0);
  });

  it("forgets no delivery that arrives when one of two workers ends", async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const { ledger } = scripted(accept, { concurrency: 2, batchMax: 1 });
      const answers = ["a", "b"].map((key) => ledger.submit(submission(key)));
      const late = answers.map(async (answer, i) => {
        await answer;
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        return ledger.submit(submission(`late ${i}`));
      });

      expect(await settled([...answers, ...late])).to.deep.equal(Array(4).fill("accepted"));
    }
  });
});

describe("ledger: bounds", () => {
  it("refuses what comes on top of a full queue, and counts what is being written", async () => {
    const { opened, open } = gate();
    const { ledger } = scripted(
      async (batch) => {
        await opened;
        return accept(batch);
      },
      { queueMax: 3, batchMax: 2 },
    );

    const answers = ["a", "b", "c", "d"].map((key) => ledger.submit(submission(key)));

    expect(await settled(answers)).to.deep.equal(["waiting", "waiting", "waiting", "unavailable"]);
    expect(ledger.size()).to.equal(3);
    open();
    expect(await settled(answers)).to.deep.equal(["accepted", "accepted", "accepted", "unavailable"]);
    expect(await ledger.submit(submission("e"))).to.equal("accepted");
  });

  it("drains: writes what waits, refuses what comes after", async () => {
    const { opened, open } = gate();
    const { ledger, calls } = scripted(
      async (batch) => {
        await opened;
        return accept(batch);
      },
      { batchMax: 1 },
    );
    const answers = ["a", "b"].map((key) => ledger.submit(submission(key)));

    const drained = ledger.drain().then(() => "drained");
    const late = ledger.submit(submission("late"));

    expect(await settled([...answers, late, drained])).to.deep.equal(["waiting", "waiting", "unavailable", "waiting"]);
    open();
    expect(await settled([...answers, drained])).to.deep.equal(["accepted", "accepted", "drained"]);
    expect(calls).to.deep.equal([["a"], ["b"]]);
  });

  it("drains at once where nothing waits", async () => {
    const { ledger } = scripted(accept);

    expect(await settled([ledger.drain().then(() => "drained")])).to.deep.equal(["drained"]);
  });
});
