import { expect } from "chai";
import { createExpiry } from "../../src/commands/serve/housekeeping.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { createLog } from "../../src/log.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { entry, finishedRun } from "../support/database/retention.ts";

const day = 24 * 3600 * 1000;

for (const database of databases) {
  describe(`housekeeping: ${database.name}`, () => {
    const place = sandbox(database);

    /** A ledger that heard of its two runs so many days ago. */
    async function ledger(...ages: readonly number[]): Promise<TestStore> {
      let clock = now;
      const store = await place.store({ clock: () => clock });
      for (const age of ages) {
        clock = now - age * day;
        await store.record([entry(finishedRun(`${age} days`), clock)]);
      }
      return store;
    }

    /** A machine whose clock can be set, and what its housekeeping said. */
    function machine(store: TestStore) {
      const time = { now, uptime: 0 };
      const said: string[] = [];
      const log = createLog("info", { write: (line) => void said.push(line) });
      const tidy = createExpiry(store, log, 30, { now: () => time.now, uptime: () => time.uptime });
      const rows = async () => {
        const [row] = await store.connection.knex("runs").count({ left: "*" });
        return Number(row?.["left"]);
      };
      return { time, said, tidy, rows };
    }

    it("deletes what is expired while the clock goes as time does", async () => {
      const store = await ledger(31, 0);
      const { time, said, tidy, rows } = machine(store);

      time.now += 3 * day;
      time.uptime += 3 * day;
      await tidy();

      expect(await rows()).to.equal(1);
      expect(said.join()).to.include("expired rows were deleted").and.to.include('"level":"info"');
    });

    it("deletes nothing once the clock jumped, also when deliveries bear the new time, and says why", async () => {
      const store = await ledger(0);
      const { time, said, tidy, rows } = machine(store);

      time.now += 366 * day;
      time.uptime += day / 24;
      await store.record([entry(finishedRun("after the jump"), time.now)]);
      await tidy();

      expect(await rows()).to.equal(2);
      expect(said).to.have.length(1);
      expect(said[0])
        .to.include('"level":"error"')
        .and.to.include("no expired rows are deleted: this machine's clock moved 365 days ahead while the server ran");
    });

    it("deletes nothing when a start finds the clock far ahead of the last delivery, and goes on after the next", async () => {
      const store = await ledger(40, 8);
      const { time, said, tidy, rows } = machine(store);

      await tidy();
      expect(await rows()).to.equal(2);
      expect(said.join()).to.include("the last delivery came 8 days ago").and.to.include('"level":"error"');

      await store.record([entry(finishedRun("now"), time.now)]);
      await tidy();
      expect(await rows()).to.equal(2);
      expect(said.at(-1)).to.include("expired rows were deleted");
    });

    it("says nothing where nothing is expired, however quiet it was", async () => {
      const { said, tidy } = machine(await ledger(20));

      await tidy();

      expect(said).to.deep.equal([]);
    });
  });
}
