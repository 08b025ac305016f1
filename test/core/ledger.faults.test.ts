import { expect } from "chai";
import {
  catchRefusal,
  accept,
  BrokenFailure,
  scripted,
  settled,
  submission,
  TransientFailure,
} from "../support/database/recorders.ts";
import type { Entry } from "../../src/core/delivery.ts";

const locked = new TransientFailure("locked");
const poisoned = new Error("out of range");

/** A store that can take everything but the observations of some deliveries. */
function refusing(...poison: string[]) {
  return (batch: readonly Entry[]) => {
    if (batch.some(({ delivery, observations }) => poison.includes(delivery.key) && observations.length > 0)) {
      throw poisoned;
    }
    return batch.map(({ delivery }) => delivery.outcome);
  };
}

describe("ledger: a database that is away", () => {
  it("tries again until it is back", async () => {
    const { ledger, calls, errors } = scripted((batch, call) => {
      if (call < 4) throw locked;
      return accept(batch);
    });

    const answers = await Promise.all(["a", "b"].map((key) => ledger.submit(submission(key))));

    expect(answers).to.deep.equal(["accepted", "accepted"]);
    expect(calls.map((keys) => keys.join())).to.deep.equal(Array(4).fill("a,b"));
    expect(errors.map(({ message, deliveries }) => `${message} ${deliveries}`)).to.deep.equal(
      Array(3).fill("Error: locked 2"),
    );
  });

  it("asks a broken one neither again nor to keep a dead letter: every delivery is refused at once", async () => {
    const { ledger, calls } = scripted(() => {
      throw new BrokenFailure("malformed");
    });

    const refusals = await Promise.all(["a", "b"].map((key) => catchRefusal(ledger.submit(submission(key)))));

    expect(refusals.map(({ code }) => code)).to.deep.equal(["unavailable", "unavailable"]);
    expect(calls).to.deep.equal([["a", "b"]]);
  });

  it("gives up on each delivery at its own deadline, and says why", async () => {
    const { ledger, time, calls } = scripted(
      () => {
        time.now += 300;
        throw locked;
      },
      { timeoutMillis: 1000 },
    );

    const early = catchRefusal(ledger.submit(submission("early")));
    time.now = 500;
    const late = catchRefusal(ledger.submit(submission("late")));

    expect(await early).to.deep.include({ code: "unavailable", cause: locked });
    expect(await late).to.deep.include({ code: "unavailable", cause: locked });
    expect(calls).to.deep.equal([["early", "late"], ["early", "late"], ["late"], ["late"]]);
    expect(ledger.size()).to.equal(0);
  });

  it("gives up in time on what waits behind a batch that cannot be written", async () => {
    const { ledger, time, calls } = scripted(
      () => {
        time.now += 500;
        throw locked;
      },
      { timeoutMillis: 1000, batchMax: 1 },
    );

    const refused = await Promise.all(["a", "b", "c"].map((key) => catchRefusal(ledger.submit(submission(key)))));

    expect(refused.map(({ code }) => code)).to.deep.equal(Array(3).fill("unavailable"));
    expect(calls).to.deep.equal([["a"], ["a"]]);
    expect(ledger.size()).to.equal(0);
  });

  it("works again afterwards", async () => {
    let away = true;
    const { ledger, time } = scripted((batch) => {
      time.now += 2000;
      if (away) throw locked;
      return accept(batch);
    });
    await catchRefusal(ledger.submit(submission("a")));

    away = false;

    expect(await ledger.submit(submission("b"))).to.equal("accepted");
  });

  it("drains although the database is away", async () => {
    const { ledger, time } = scripted(() => {
      time.now += 600;
      throw locked;
    });
    const refused = catchRefusal(ledger.submit(submission("a")));

    await ledger.drain();

    expect((await refused).code).to.equal("unavailable");
  });

  it("takes a store that fails without a reason, or at once, like any that fails", async () => {
    for (const thrown of [undefined, "a text", { code: "SQLITE_BUSY" }]) {
      const { ledger } = scripted((batch) => {
        if (batch.some(({ observations }) => observations.length > 0)) throw thrown;
        return batch.map(({ delivery }) => delivery.outcome);
      });

      expect(await ledger.submit(submission("a"))).to.equal("dead_letter");
    }
  });
});

describe("ledger: a delivery that the database refuses", () => {
  it("fails alone, and is kept as a dead letter", async () => {
    const { ledger, entries } = scripted(refusing("b"));

    const answers = await Promise.all(["a", "b", "c"].map((key) => ledger.submit(submission(key))));

    expect(answers).to.deep.equal(["accepted", "dead_letter", "accepted"]);
    const kept = entries.find(({ delivery }) => delivery.outcome === "dead_letter");
    expect(kept).to.deep.equal({
      delivery: {
        ...submission("b").delivery,
        outcome: "dead_letter",
        reason: "the database refused it: out of range",
        content: { headers: "{}", body: "body of b" },
      },
      observations: [],
    });
  });

  it("is kept as a dead letter as well where only a part of it was understood before", async () => {
    const { ledger, entries } = scripted((batch) => {
      if (batch.some(({ observations }) => observations.length > 0)) throw poisoned;
      return batch.map(({ delivery }) => delivery.outcome);
    });
    const { delivery, ...rest } = submission("a");
    const partly = { ...delivery, outcome: "dead_letter", reason: "item 2: no uid" } as const;

    expect(await ledger.submit({ ...rest, delivery: partly })).to.equal("dead_letter");

    const [kept] = entries.slice(-1);
    expect(kept?.observations).to.deep.equal([]);
    expect(kept?.delivery.reason).to.equal("item 2: no uid; the database refused it: out of range");
  });

  it("fails alone among many that fail", async () => {
    const keys = Array.from({ length: 10 }, (_, i) => String(i));
    const { ledger } = scripted(refusing("2", "3", "9"));

    const answers = await Promise.all(keys.map((key) => ledger.submit(submission(key))));

    expect(answers.flatMap((answer, i) => (answer === "dead_letter" ? [i] : []))).to.deep.equal([2, 3, 9]);
  });

  it("is refused when not even the dead letter can be kept", async () => {
    const { ledger, calls } = scripted(() => {
      throw poisoned;
    });

    const { code, cause } = await catchRefusal(ledger.submit(submission("a")));

    expect({ code, cause }).to.deep.equal({ code: "unavailable", cause: poisoned });
    expect(calls).to.deep.equal([["a"], ["a"]]);
  });

  it("does not lose its neighbours when the database goes away in the middle", async () => {
    const { ledger } = scripted((batch, call) => {
      if (call === 3) throw locked;
      return refusing("a")(batch);
    });

    const answers = await Promise.all(["a", "b"].map((key) => ledger.submit(submission(key))));

    expect(answers).to.deep.equal(["dead_letter", "accepted"]);
    expect(await settled([ledger.drain().then(() => "drained")])).to.deep.equal(["drained"]);
  });

  it("shortens an endless reason", async () => {
    const { ledger, entries } = scripted((batch) => {
      if (batch.some(({ observations }) => observations.length > 0)) throw new Error("x".repeat(10_000));
      return batch.map(({ delivery }) => delivery.outcome);
    });

    await ledger.submit(submission("a"));

    expect(entries.at(-1)?.delivery.reason?.length).to.be.below(400);
  });
});
