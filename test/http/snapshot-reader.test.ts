import { expect } from "chai";
import type { LedgerSnapshot } from "../../src/core/snapshot.ts";
import { createSnapshotReader } from "../../src/http/metrics.ts";
import type { Store } from "../../src/core/store/index.ts";

interface Asked {
  readonly answer: (snapshot: LedgerSnapshot) => void;
  readonly fail: (error: Error) => void;
}

/** A reader on a database and a clock that do what the test says. */
function reader() {
  const asked: Asked[] = [];
  const time = { now: 5000 };
  const rule = { config: { staleDays: 7 }, clock: () => 0 };
  const snapshot = () => new Promise<LedgerSnapshot>((answer, fail) => asked.push({ answer, fail }));
  const read = createSnapshotReader({ store: { snapshot } as Store, snapshotMillis: 1000, ...rule }, () => time.now);
  return { asked, time, read };
}

const empty: LedgerSnapshot = { rollups: [], active: [], redBranches: [], lastDeliveries: [], deadLetters: [] };
const [first, second] = [{ ...empty }, { ...empty }];

describe("snapshot reader", () => {
  it("reads once for all who come within a second of the beginning", async () => {
    const { asked, time, read } = reader();
    const early = read();
    asked[0]?.answer(first);
    await early;

    time.now += 999;
    expect(await read()).to.equal(first);
    time.now += 1;
    void read();
    expect(asked).to.have.length(2);
  });

  it("has one query under way, however slow it is", async () => {
    const { asked, time, read } = reader();
    const waiting = [read()];

    for (let scrapes = 0; scrapes < 20; scrapes++) {
      time.now += 1000;
      waiting.push(read());
    }
    expect(asked).to.have.length(1);
    asked[0]?.answer(first);

    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set([first]));
    const next = read();
    expect(asked, "what took so long is old").to.have.length(2);
    asked[1]?.answer(second);
    expect(await next).to.equal(second);
  });

  it("asks again after a failure, which only those see who waited for it", async () => {
    const { asked, read } = reader();
    const failing = [read(), read()];
    asked[0]?.fail(new Error("away"));
    for (const one of failing) expect(await one.catch((error: unknown) => String(error))).to.equal("Error: away");

    const next = read();
    asked[1]?.answer(second);

    expect(await next).to.equal(second);
  });

  it("gives up on a database that never answers", async () => {
    const { asked, time, read } = reader();
    void read();
    time.now += 31_000;
    const next = read();
    asked[1]?.answer(second);
    await next;

    asked[0]?.answer(first);
    await Promise.resolve();

    expect(await read(), "not what was given up on").to.equal(second);
  });
});
