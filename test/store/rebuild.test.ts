import { expect } from "chai";
import * as fc from "fast-check";
import { provenMetrics } from "../../src/core/stored-metrics.ts";
import { countDefaultBranches } from "../../src/core/store/maintenance/count-default-branches.ts";
import { compareTotals, rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { importTotals } from "../../src/core/store/maintenance/import-totals.ts";
import { allDatabases, noLog, now, sandbox } from "../support/database/databases.ts";
import { recordings } from "../support/model/histories.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { damage, nothingWrong, several, sums } from "./damage.ts";
import { waitMillis } from "../../src/core/waiting.ts";
import { joinLabels } from "../../src/core/series.ts";

const numRuns = { sqlite: 100, postgres: 30 } as const;

for (const database of allDatabases) {
  describe(`store, rebuild: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("finds nothing missing and nothing in excess, for any deliveries in any batches", async () => {
      let looked = 0;
      await fc.assert(
        fc
          .asyncProperty(recordings, async (all) => {
            const store = await box.store();
            for (const batch of all) await store.record(toEntries(batch));

            const findings = await compareTotals(store.connection);

            expect(sums(findings)).to.deep.equal(nothingWrong);
            looked += findings.metrics.reduce((sum, { series }) => sum + series, 0);
          })
          .afterEach(box.clear),
        { numRuns: numRuns[database.engine] },
      );
      expect(looked, "series that were compared").to.be.above(100);
    });

    it("looks at every metric that runs and jobs are counted in", async () => {
      const store = await box.store();
      await store.record(toEntries(several()));
      for (const moment of [now, now + waitMillis]) await countDefaultBranches(store.connection, moment);

      const { metrics } = await compareTotals(store.connection);

      expect(metrics).to.have.length(provenMetrics.length);
      for (const { name, series } of metrics) expect(series, name).to.be.above(0);
    });

    /** Where the figures are, and which of them are of some metrics. */
    const [table, id] = database.shards === undefined ? ["rollups", "id"] : ["rollup_shards", "rollup_id"];
    const ofMetrics = (...metrics: string[]) =>
      `${id} in (select id from rollups where metric in (${metrics.map((metric) => `'${metric}'`).join()}))`;

    it("repairs any damage exactly, and is done at the second time", async () => {
      const damages = [
        `update ${table} set count = 0, sum_millis = 0, ${zeroBuckets()}`,
        `update ${table} set count = count - 1 where ${ofMetrics("runs")} and count > 0`,
        `update ${table} set sum_millis = sum_millis - 1 where ${ofMetrics("jobDuration")} and sum_millis > 0`,
        `update ${table} set bucket_5 = 0, count = count - bucket_5 where ${ofMetrics("runDuration", "jobDuration")}`,
        `update ${table} set count = 0 where ${ofMetrics("restarts", "recovered", "jobRetries")}`,
      ];

      for (const sql of damages) {
        const store = await box.store();
        await store.record(toEntries(several()));
        const before = await store.snapshot();
        await damage(store, sql);
        const seen = await compareTotals(store.connection);
        expect(seen.shortfalls, sql).to.not.be.empty;
        expect((await store.snapshot()).rollups, "a comparison changes nothing").to.not.deep.equal(before.rollups);

        expect(await rebuildTotals(store.connection), sql).to.deep.equal(seen);

        expect((await store.snapshot()).rollups, sql).to.deep.equal(before.rollups);
        expect(sums(await rebuildTotals(store.connection)), sql).to.deep.equal(nothingWrong);
        expect(await rows(store, "select * from maintenance")).to.deep.equal([]);
      }
    });

    it("creates a missing series again, where stored runs prove it", async () => {
      const store = await box.store();
      await store.record(toEntries(several()));
      const figures = async () =>
        (await store.snapshot()).rollups.map(({ metric, labels, count, sum, buckets }) => ({
          metric,
          labels,
          count,
          sum,
          buckets,
        }));
      const before = await figures();
      await damage(store, "delete from rollups where metric = 'jobDuration'");

      await rebuildTotals(store.connection);

      expect((await figures()).filter(({ count }) => count > 0)).to.deep.equal(before.filter(({ count }) => count > 0));
    });

    it("reports completions and late times whose series is missing, and leaves them alone", async () => {
      const store = await box.store();
      await store.record(toEntries(several()));
      await damage(store, "delete from rollups where metric in ('runs', 'runQueue')");

      const findings = await rebuildTotals(store.connection);

      const late = await rows(store, "select * from run_completions where queue_rollup_id is not null");
      expect(late).to.not.be.empty;
      expect(findings.orphans).to.equal((await rows(store, "select * from run_completions")).length + late.length);
      expect(await rows(store, "select * from rollups where metric in ('runs', 'runQueue')")).to.deep.equal([]);
    });

    it("leaves totals alone whose runs were purged, imported ones, and what an older tool counts", async () => {
      const store = await box.store();
      await store.record(toEntries(several()));
      await importTotals(
        store.connection,
        "old",
        [{ metric: "runCounter", labels: joinLabels("a", "success"), count: 7 }],
        now,
      );
      await deleteExpired(store.connection, now + 1);
      const before = await store.snapshot();

      const findings = await rebuildTotals(store.connection);

      expect(findings.shortfalls).to.deep.equal([]);
      expect(sums(findings).above).to.be.above(0);
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    });

    it("leaves alone what was folded, and histograms of which some times were", async () => {
      const store = await box.store({ seriesMax: 5, log: { ...noLog, warn: () => undefined } });
      await store.record(toEntries(several()));
      const before = await store.snapshot();
      expect(before.rollups.some(({ labels }) => labels.includes("__other__"))).to.be.true;

      const findings = await rebuildTotals(store.connection);

      expect(findings.metrics.some(({ provable }) => !provable)).to.be.true;
      expect(sums(findings)).to.deep.include({ short: 0, missing: 0 });
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    });
  });
}

function zeroBuckets(): string {
  return Array.from({ length: 16 }, (_, i) => `bucket_${i} = 0`).join(", ");
}
