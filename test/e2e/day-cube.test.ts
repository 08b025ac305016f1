import { expect } from "chai";
import { readdirSync } from "node:fs";
import { migrationConfig } from "../../src/core/store/db/migrate.ts";
import { compareDayTimes, createLocalSteps } from "../../src/core/store/maintenance/fill-day-times.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import { makeJobs } from "../support/model/made-jobs.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { startProcess } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const first = "20261129001300_create_day_times.js";
const later = readdirSync(migrationConfig.directory)
  .filter((name) => name >= first)
  .toSorted()
  .toReversed();

for (const database of databases) {
  describe(`a database from before the day cube: ${database.name}`, function () {
    // The server looks after its database a minute after its start.
    this.timeout(180_000);
    const box = sandbox(database);

    it("is filled by the program while it runs, once, with what deliveries add meanwhile", async () => {
      const url = await box.url();
      const before = await box.store({ url, clock: Date.now });
      await before.record(toEntries(makeJobs(21, 60).observations));
      for (const name of later) await before.connection.knex.migrate.down({ ...migrationConfig, name });
      await before.close();

      const server = await startProcess({ PIPEGAUGE_DATABASE_URL: url });
      try {
        const hook = pipelineHook("success", [{ ...unit, id: 7 }], { ...over("10:05", 240), id: 90_001 });
        expect((await server.deliver("gitlab", hook)).status).to.equal(202);
        const filled = () => server.output().match(/"rows":(\d+)[^\n]*the day cube was compared with all stored jobs/g);
        const compared = await until(() => filled() ?? undefined, "the comparison of the day cube", 150_000);

        expect(compared).to.have.length(1);
        const store = await box.store({ url });
        expect(await compareDayTimes(store.connection, createLocalSteps(store.connection))).to.equal(0);
        const [counted] = await rows(store, "select sum(count) as count from day_times");
        const [stored] = await rows(store, "select count(*) as count from job_completions");
        expect(Number(counted?.["count"])).to.equal(Number(stored?.["count"])).and.to.be.above(100);
        expect(await rows(store, "select filled_at from day_times_fills")).to.have.length(1);
        expect(await store.maintenance.fillDayTimes(Date.now())).to.equal(undefined);
      } finally {
        await server.end();
      }
    });
  });
}
