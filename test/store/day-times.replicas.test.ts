import { expect } from "chai";
import { compareDayTimes, createLocalSteps, fillDayTimes } from "../../src/core/store/maintenance/fill-day-times.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { gate } from "../support/database/recorders.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { catchFailure } from "../support/failures.ts";
import { makeJobs } from "../support/model/made-jobs.ts";

const hour = 3_600_000;

for (const database of databases) {
  describe(`the day cube, compared by several servers: ${database.name}`, () => {
    const box = sandbox(database);

    /** A ledger from before the day cube: nothing is summed up, and nothing says that it was. */
    async function createEarlierLedger(): Promise<TestStore> {
      const store = await box.store();
      await store.record(toEntries(makeJobs(6, 40).observations));
      for (const table of ["day_times", "day_times_fills"]) await rows(store, `delete from ${table}`);
      return store;
    }

    /** A comparison that waits before it reads the second time, until `opened`; `reading` resolves when it does. */
    function startSlow({ connection }: TestStore, at: number) {
      const steps = createLocalSteps(connection);
      const [waits, goesOn] = [gate(), gate()];
      let reads = 0;
      const filling = fillDayTimes(
        connection,
        {
          ...steps,
          async readGap(range) {
            if (++reads === 2) {
              waits.open();
              await goesOn.opened;
            }
            return steps.readGap({ ...range, rowsMax: 3 });
          },
        },
        at,
      );
      return { filling, waiting: waits.opened, goOn: goesOn.open };
    }

    it("is left to the server that began, however many ask every hour, until it is done", async () => {
      const store = await createEarlierLedger();
      const { connection } = store;
      const { filling, waiting, goOn } = startSlow(store, now);
      await waiting;

      for (const later of [1, 20, 40, 59]) {
        expect(await fillDayTimes(connection, createLocalSteps(connection), now + later * 60_000)).to.equal(undefined);
      }
      goOn();

      expect(await filling).to.be.above(3);
      expect(await compareDayTimes(connection, createLocalSteps(connection))).to.equal(0);
      expect(await rows(store, "select key from maintenance")).to.deep.equal([]);
    });

    it("is taken over from a server that did no step of it for an hour", async () => {
      const store = await createEarlierLedger();
      const { connection } = store;
      const { filling, waiting, goOn } = startSlow(store, now - hour - 60_000);
      await waiting;

      expect(await fillDayTimes(connection, createLocalSteps(connection), now)).to.be.above(0);

      const failing = catchFailure(filling);
      goOn();
      expect((await failing).message).to.match(/another day_times is running/);
      expect(await compareDayTimes(connection, createLocalSteps(connection))).to.equal(0);
    });
  });
}
