import { expect } from "chai";
import { createExpiry, withoutOverlap } from "../../src/commands/serve/housekeeping.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { createLog } from "../../src/log.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { gate } from "../support/database/recorders.ts";
import { catchFailure } from "../support/failures.ts";
import { entry, finishedRun } from "../support/database/retention.ts";

const day = 24 * 3600 * 1000;

for (const database of databases) {
  describe(`housekeeping: ${database.name}`, () => {
    const place = sandbox(database);

    /** A ledger whose two runs were delivered so many days ago. */
    async function ledger(...ages: readonly number[]): Promise<TestStore> {
      let clock = now;
      const store = await place.store({ clock: () => clock });
      for (const age of ages) {
        clock = now - age * day;
        await store.record([entry(finishedRun(`${age} days`), clock)]);
      }
      return store;
    }

    /** A machine whose clock can be set, and what its housekeeping logged. */
    function machine(store: TestStore) {
      const time = { now, uptime: 0 };
      const lines: string[] = [];
      const log = createLog("info", { write: (line) => void lines.push(line) });
      const tidy = createExpiry(store, log, 30, { now: () => time.now, uptime: () => time.uptime });
      const rows = async () => {
        const [row] = await store.connection.knex("runs").count({ left: "*" });
        return Number(row?.["left"]);
      };
      return { time, lines, tidy, rows };
    }

    it("deletes what is expired while the clock goes as time does", async () => {
      const store = await ledger(31, 0);
      const { time, lines, tidy, rows } = machine(store);

      time.now += 3 * day;
      time.uptime += 3 * day;
      await tidy();

      expect(await rows()).to.equal(1);
      expect(lines.join()).to.include("expired rows were deleted").and.to.include('"level":"info"');
    });

    it("deletes nothing once the clock jumped, also when deliveries bear the new time, and says why", async () => {
      const store = await ledger(0);
      const { time, lines, tidy, rows } = machine(store);

      time.now += 366 * day;
      time.uptime += day / 24;
      await store.record([entry(finishedRun("after the jump"), time.now)]);
      await tidy();

      expect(await rows()).to.equal(2);
      expect(lines).to.have.length(1);
      expect(lines[0])
        .to.include('"level":"error"')
        .and.to.include("no expired rows are deleted: this machine's clock moved 365 days ahead while the server ran");
    });

    it("deletes nothing when a start finds the clock far ahead of the last delivery, and goes on after the next", async () => {
      const store = await ledger(40, 8);
      const { time, lines, tidy, rows } = machine(store);

      await tidy();
      expect(await rows()).to.equal(2);
      expect(lines.join()).to.include("the last delivery came 8 days ago").and.to.include('"level":"error"');

      await store.record([entry(finishedRun("now"), time.now)]);
      await tidy();
      expect(await rows()).to.equal(2);
      expect(lines.at(-1)).to.include("expired rows were deleted");
    });

    it("says nothing where nothing is expired, however quiet it was", async () => {
      const { lines, tidy } = machine(await ledger(20));

      await tidy();

      expect(lines).to.deep.equal([]);
    });
  });
}

describe("work that may take longer than its interval", () => {
  it("is not begun again while it is under way, and is begun again after it", async () => {
    const [first, second] = [gate(), gate()];
    let begun = 0;
    const work = withoutOverlap(() => (++begun === 1 ? first : second).opened);

    const calls = [work(), work()];
    expect(begun).to.equal(1);
    first.open();
    await Promise.all(calls);
    const again = work();
    expect(begun).to.equal(2);
    second.open();
    await again;
  });

  it("is begun again after it failed", async () => {
    let begun = 0;
    const work = withoutOverlap(() => Promise.reject(new Error(`call ${++begun}`)));

    expect((await catchFailure(work())).message).to.equal("call 1");
    expect((await catchFailure(work())).message).to.equal("call 2");
  });
});
