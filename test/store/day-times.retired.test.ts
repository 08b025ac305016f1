import { expect } from "chai";
import { compareDayTimes, createLocalSteps } from "../../src/core/store/maintenance/fill-day-times.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";

const day = 86_400_000;

for (const database of databases) {
  describe(`the day cube of a retired project: ${database.name}`, () => {
    const box = sandbox(database);
    const compare = ({ connection }: TestStore) => compareDayTimes(connection, createLocalSteps(connection));

    it("keeps the jobs of a retired project, and counts its later ones apart, which a rebuild proves", async () => {
      const store = await box.store();
      const makeRun = (run: string, project: string) => {
        const job = ofJob(`${run}1`, "unit", "success", { clock: 60, started: 0 });
        return ofRun(run, "success", { clock: 70, jobs: [job], facts: { project, pipeline: "ci" } });
      };
      const readDays = async () => {
        const found = await rows(
          store,
          `select s.project, sum(t.count) as count, sum(t.sum_millis) as millis from day_times t join (
             select id, labels as project from rollups union all select rollup_id, labels from retired_series
           ) s on s.id = t.rollup_id group by s.project`,
        );
        return new Map(
          found.map(({ project, count, millis }) => [
            (JSON.parse(String(project)) as string[])[1],
            [Number(count), Number(millis)],
          ]),
        );
      };
      await store.record(toEntries([makeRun("1", "shop/old"), makeRun("2", "shop/old"), makeRun("3", "shop/new")]));
      const before = await readDays();
      expect(before).to.deep.equal(
        new Map([
          ["shop/old", [2, 120_000]],
          ["shop/new", [1, 60_000]],
        ]),
      );

      expect(await retireSeries(store.connection, { project: "shop/old" }, now)).to.not.be.empty;

      expect(await readDays()).to.deep.equal(before);
      expect(await store.maintenance.rebuildDayTimes(now)).to.equal(0);

      await store.record(toEntries([makeRun("4", "shop/old")]));

      expect((await readDays()).get("shop/old")).to.deep.equal([3, 180_000]);
      const ids = await rows(store, "select distinct rollup_id from day_times");
      expect(ids, "two series of the project, one of the other").to.have.length(3);
      expect(await compare(store)).to.equal(0);
      await rows(store, "delete from day_times where rollup_id in (select rollup_id from retired_series)");
      expect(await store.maintenance.rebuildDayTimes(now + 1)).to.equal(1);
      expect((await readDays()).get("shop/old")).to.deep.equal([3, 180_000]);

      await deleteExpired(store.connection, now + day);
      expect(await rows(store, "select day from day_times")).to.deep.equal([]);
    });
  });
}
