import { expect } from "chai";
import { compareTotals, rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { allDatabases, noLog, sandbox } from "../support/database/databases.ts";
import { rows, toEntries, totals } from "../support/database/tables.ts";
import { mentioning, ofJob, ofRun, type Status } from "../support/model/observations.ts";
import { nothingWrong, sums } from "./damage.ts";

const counters = [
  "cicd_job_failures_total",
  "cicd_job_seconds_total",
  "cicd_job_flakes_total",
  "cicd_job_flake_seconds_total",
];

function end(id: string, status: Status, runnerClass: string, name = `job ${id}`, queued = 10) {
  const statement = { clock: queued + 50, queued, started: queued + 10, facts: { runnerClass } };
  return mentioning("1", [ofJob(id, name, status, statement)], { retriesByName: true });
}

const deliveries = [
  ofRun("1", "executing", { clock: 10, started: 10, retriesByName: true }),
  end("1", "failure", "linux"),
  end("2", "error", "windows"),
  end("3", "success", "linux"),
  end("9", "success", "linux", "job 1", 70),
  ofRun("1", "failure", { clock: 90, started: 10, retriesByName: true }),
];

/** SQL for the rows of a table that belong to these counters. */
const buildCondition = (table: string) => {
  const series = "select id from rollups where metric in ('jobFailures', 'jobSeconds', 'jobFlakes', 'jobFlakeSeconds')";
  return `${table === "rollups" ? "id" : "rollup_id"} in (${series})`;
};

for (const database of allDatabases) {
  describe(`store, counters of jobs: ${database.name}`, () => {
    const box = sandbox(database);

    async function readCounters(store: Awaited<ReturnType<typeof box.store>>): Promise<Record<string, number>> {
      const all = Object.entries(await totals(store));
      return Object.fromEntries(all.filter(([series]) => counters.some((name) => series.startsWith(`${name}{`))));
    }

    it("are the same in any order, with every delivery twice, and after a start", async () => {
      const url = await box.url();
      const [one, other] = [await box.store({ url }), await box.store()];
      await one.record(toEntries(deliveries));
      for (const delivery of [...deliveries, ...deliveries].toReversed()) await other.record(toEntries([delivery]));

      const counted = await readCounters(one);
      expect(Object.values(counted).toSorted((a, b) => a - b)).to.deep.equal([1, 1, 1, 40_000, 40_000, 120_000]);
      expect(await readCounters(other)).to.deep.equal(counted);
      const restarted = await box.store({ url });
      await restarted.record(toEntries(deliveries));
      expect(await readCounters(restarted)).to.deep.equal(counted);
    });

    it("are proven by stored rows, also with a runner class beyond the limit", async () => {
      const store = await box.store();
      await store.record(toEntries([...deliveries, end("4", "success", "__other__")]));
      const before = await readCounters(store);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);

      for (const table of ["rollups", "rollup_shards"]) await rows(store, `update ${table} set count = 0`);
      await rebuildTotals(store.connection);

      expect(await readCounters(store)).to.deep.equal(before);
    });

    it("lack what a server of the version before recorded, and a rebuild adds none of it: nothing stored proves it", async () => {
      const store = await box.store();
      await store.record(toEntries(deliveries));
      // That version stores completions without the series of their seconds, and no tallies.
      await rows(store, "update job_completions set seconds_rollup_id = null");
      await rows(store, `delete from tallies where ${buildCondition("tallies")}`);
      for (const table of ["rollups", "rollup_shards"])
        await rows(store, `update ${table} set count = 0 where ${buildCondition(table)}`);

      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
      await rebuildTotals(store.connection);

      expect(Object.values(await readCounters(store)).every((value) => value === 0)).to.equal(true);
    });

    it("count a flake again whose success was taken back under the id of the job and came again, which no provider does", async () => {
      const store = await box.store();
      const taken = (clock: number, status: Status) =>
        mentioning("1", [ofJob("9", "job 1", status, { clock, queued: 70, started: 80 })], { retriesByName: true });
      const flakes = async () => {
        const all = Object.entries(await readCounters(store));
        return all.flatMap(([series, value]) => (series.startsWith("cicd_job_flakes_total{") ? [value] : []));
      };
      await store.record(toEntries(deliveries));
      expect(await flakes()).to.deep.equal([1]);

      for (const delivery of [taken(200, "failure"), taken(300, "success")]) await store.record(toEntries([delivery]));

      expect(await flakes()).to.deep.equal([2]);
    });

    it("fold past the budget, and count each folded job once as folded", async () => {
      const store = await box.store({ seriesMax: 1, log: { ...noLog, warn: () => undefined } });
      await store.record(toEntries([...deliveries, end("4", "success", "macos")]));

      const all = await totals(store);
      const folded = Object.keys(all).filter(
        (series) => series.startsWith("cicd_job_seconds_total{") && series.includes("__other__"),
      );
      expect(folded).to.have.length.above(0);
      expect(all['pipegauge_series_overflow_total{metric="cicd_job_seconds_total"}']).to.be.within(1, 4);
    });
  });
}
