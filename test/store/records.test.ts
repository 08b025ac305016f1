import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { readRecords } from "../../src/core/store/record/read-records.ts";
import { toRunKey } from "../../src/core/store/db/rows.ts";
import { lockRuns } from "../../src/core/store/record/runs.ts";
import { wrapTransaction } from "../../src/core/store/db/transaction.ts";
import { databasesAndPartitions, sandbox } from "../support/database/databases.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";

/** The ids of the jobs that the store reads of run 1 for this delivery. */
async function jobsRead({ connection }: TestStore, observation: Observation): Promise<string[]> {
  const records = await connection.knex.transaction(async (knexTrx) => {
    const trx = wrapTransaction(knexTrx, connection.bulk);
    const { rows: locked } = await lockRuns(trx, new Map([[toRunKey(observation), observation]]), false);
    return readRecords(trx, locked, [observation]);
  });
  return [...(records.get(toRunKey(observation))?.jobs.keys() ?? [])].toSorted((a, b) => Number(a) - Number(b));
}

for (const database of databasesAndPartitions) {
  describe(`store, what a delivery reads of its run: ${database.name}`, () => {
    const box = sandbox(database);
    const job = (id: number) => ofJob(String(id), `job ${id % 10}`, "executing", { clock: id, started: id });
    const about = (...ids: number[]) => mentioning("1", ids.map(job), { retriesByName: true });
    const all = Array.from({ length: 30 }, (_, i) => job(i + 1));
    const snapshot = ofRun("1", "executing", { clock: 10, jobs: all, retriesByName: true });

    it("the jobs it is about, and of a new one those of its name; all of them for most of them", async () => {
      const store = await box.store();
      const first = ofRun("1", "executing", { clock: 10, jobs: all.slice(0, 10), retriesByName: true });
      await store.record(toEntries([first]));

      expect(await jobsRead(store, about(7))).to.deep.equal(["7"]);
      expect(await jobsRead(store, about(2, 7))).to.deep.equal(["2", "7"]);
      expect(await jobsRead(store, about(37))).to.deep.equal(["7"]);
      expect(await jobsRead(store, mentioning("1", [job(37)]))).to.deep.equal([]);
      expect(await jobsRead(store, first)).to.have.length(10);
    });

    it("where something ran again, those of the same names as well, which may be tries of one job", async () => {
      const store = await box.store();
      await store.record(toEntries([snapshot]));

      expect(await jobsRead(store, about(7))).to.deep.equal(["7", "17", "27"]);
      expect(await jobsRead(store, about(37))).to.deep.equal(["7", "17", "27"]);
      expect(await jobsRead(store, mentioning("1", [job(37)]))).to.deep.equal(["7", "17", "27"]);
      expect(await jobsRead(store, snapshot)).to.have.length(30);
    });

    it("all jobs where the row does not keep what follows from all of them, and the same comes of it", async () => {
      const [kept, unkept] = [await box.store(), await box.store()];
      const failed = ofRun("1", "failure", { clock: 50, epoch: 30, jobs: all, retriesByName: true });
      for (const store of [kept, unkept]) await store.record(toEntries([failed]));
      await rows(unkept, "update runs set newest_retry = null");

      expect(await jobsRead(unkept, about(7))).to.have.length(30);
      for (const store of [kept, unkept]) await store.record(toEntries([about(37)]));

      const restarts = "select restarts, newest_retry from runs";
      expect(await rows(kept, restarts)).to.deep.equal(await rows(unkept, restarts));
      expect(
        (await rows(kept, restarts)).map(({ restarts: n, newest_retry }) => [n, Number(newest_retry)]),
      ).to.deep.equal([[1, 37]]);
    });

    it("all that waits once the run's own delivery arrives, and nothing of it before", async () => {
      const store = await box.store();
      for (const id of [1, 2, 3]) await store.record(toEntries([about(id)]));

      expect(await jobsRead(store, about(4))).to.deep.equal([]);
      expect(await jobsRead(store, ofRun("1", "pending", { clock: 0 }))).to.deep.equal(["1", "2", "3"]);
    });
  });
}
