import { expect } from "chai";
import type { JobObservation } from "../../src/core/model.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { databases, databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { recordStatements } from "../support/database/statements.ts";
import { entry, finishedRun } from "../support/database/retention.ts";

const day = 24 * 3600 * 1000;

for (const database of databasesAndPartitions) {
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

      expect(deleted).to.deep.equal({ runs: 450, codeEvents: 0, deliveries: 450 });
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
      for (const table of ["runs", "jobs", "run_completions", "job_completions", "deliveries"]) {
        const [row] = await store.connection.knex(table).count({ left: "*" });
        expect(Number(row?.["left"]), table).to.equal(1);
      }
    });

    it("takes fewer runs at a time where they have many jobs, and a run with more on its own", async () => {
      const store = await place.store();
      const jobs = (run: string, count: number) => {
        const [job] = finishedRun(run).jobs ?? [];
        return Array.from({ length: count }, (_, i) => ({ ...(job as JobObservation), job: `${run}-${i}` }));
      };
      for (const [run, count] of [
        ["a", 1000],
        ["b", 1000],
        ["c", 1000],
        ["d", 3000],
      ] as const)
        await store.record([entry({ ...finishedRun(run), jobs: jobs(run, count) }, now)]);

      const statements = await recordStatements(store.connection, () => deleteExpired(store.connection, now + 1));

      expect(statements.filter((sql) => sql.startsWith("delete from runs"))).to.have.length(3);
      const [row] = await store.connection.knex("jobs").count({ left: "*" });
      expect(Number(row?.["left"])).to.equal(0);
    });

    it("leaves a young ledger alone", async () => {
      const store = await place.store();
      await store.record([entry(finishedRun("new"), now)]);

      expect(await deleteExpired(store.connection, now - day)).to.deep.equal({ runs: 0, codeEvents: 0, deliveries: 0 });
    });
  });
}

describe("store: retention in the writer's thread", () => {
  const [sqlite] = databases;
  if (sqlite === undefined) throw new Error("SQLite is always there");
  const place = sandbox(sqlite);

  it("deletes between deliveries, and stops after a batch when the store is closed", async () => {
    const url = await place.url();
    const filled = await place.store({ url, clock: () => now - 100 * day });
    const old = Array.from({ length: 5000 }, (_, i) => entry(finishedRun(`old-${i}`), now - 100 * day));
    await filled.record(old);
    const store = await place.store({ url, thread: writerThread });

    const deleting = store.maintenance.deleteExpired(now - 30 * day);
    const outcomes = await store.record([entry(finishedRun("new"), now)]);
    await store.close();

    expect(outcomes).to.deep.equal(["accepted"]);
    expect((await deleting).runs).to.be.within(1, 4999);
  });
});
