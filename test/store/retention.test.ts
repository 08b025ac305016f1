import { expect } from "chai";
import { deleteExpired } from "../../src/core/store/maintenance/retention.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { entry, finishedRun } from "../support/database/retention.ts";

const day = 24 * 3600 * 1000;

for (const database of databases) {
  describe(`store: retention on ${database.name}`, () => {
    const place = sandbox(database);

    it("deletes what had its last delivery before a moment, more than one batch of it, and no total", async () => {
      let clock = now - 100 * day;
      const store = await place.store({ clock: () => clock });
      await store.record(Array.from({ length: 450 }, (_, i) => entry(finishedRun(`old-${i}`), clock)));
      clock = now;
      await store.record([entry(finishedRun("new"), now)]);
      const before = await store.snapshot();

      const deleted = await deleteExpired(store.connection, now - 30 * day);

      expect(deleted).to.deep.equal({ runs: 450, deliveries: 450 });
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
      for (const table of ["runs", "jobs", "run_completions", "job_completions", "deliveries"]) {
        const [row] = await store.connection.knex(table).count({ left: "*" });
        expect(Number(row?.["left"]), table).to.equal(1);
      }
    });

    it("leaves a young ledger alone", async () => {
      const store = await place.store();
      await store.record([entry(finishedRun("new"), now)]);

      expect(await deleteExpired(store.connection, now - day)).to.deep.equal({ runs: 0, deliveries: 0 });
    });
  });
}
