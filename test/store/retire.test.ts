import { expect } from "chai";
import type { Store } from "../../src/core/store/index.ts";
import { compareTotals, rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { listSeries, retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { cutMemoryMillis } from "../../src/core/store/record/cuts.ts";
import { allDatabases, noLog, now, sandbox } from "../support/database/databases.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";

const hour = 3600 * 1000;

/** A run that was restarted, with a retried job: everything that a project can have series of. */
function runWithJob(project: string, run: string) {
  const jobs = [
    ofJob(`${run}-1`, "check", "failure", { clock: 30, queued: 1, started: 5 }),
    ofJob(`${run}-2`, "check", "success", { clock: 60, queued: 31, started: 35, facts: { retries: 1 } }),
  ];
  const facts = { project, pipeline: "ci" };
  return [
    ofRun(run, "failure", { epoch: 1, clock: 40, queued: 0, started: 10, completion: "1", jobs, facts }),
    ofRun(run, "success", { epoch: 2, clock: 70, queued: 41, started: 45, completion: "2", jobs, facts }),
  ];
}

async function readSeries(store: Store, project: string) {
  const { rollups } = await store.snapshot();
  return rollups.filter(({ labels }) => labels[1] === project || labels[2] === project);
}

for (const database of allDatabases) {
  describe(`store, retired projects: ${database.name}`, () => {
    const box = sandbox(database);

    it("lose their series, and no other project does", async () => {
      const store = await box.store();
      await store.record(
        toEntries([...runWithJob("shop/old", "1"), ...runWithJob("shop/old-2", "2"), ...runWithJob("shop", "3")]),
      );
      const before = await store.snapshot();
      const listed = await listSeries(store.connection, { project: "shop/old" });
      expect((await store.snapshot()).rollups, "a list changes nothing").to.deep.equal(before.rollups);

      const retired = await retireSeries(store.connection, { project: "shop/old" }, now);

      expect(retired).to.deep.equal(listed).and.to.have.length.above(15);
      expect((await store.snapshot()).rollups).to.deep.equal(
        before.rollups.filter(({ labels }) => labels[1] !== "shop/old"),
      );
      expect(await retireSeries(store.connection, { project: "shop/old" }, now)).to.deep.equal([]);
      expect(await retireSeries(store.connection, { project: "shop", provider: "github" }, now)).to.deep.equal([]);
    });

    it("are not brought back by a rebuild, which finds nothing wrong", async () => {
      const store = await box.store();
      await store.record(toEntries([...runWithJob("shop/old", "1"), ...runWithJob("shop/new", "2")]));
      await retireSeries(store.connection, { project: "shop/old" }, now);
      const before = await store.snapshot();

      const findings = await rebuildTotals(store.connection);

      expect(findings).to.deep.include({ shortfalls: [], orphans: 0 });
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    });

    it("begin anew with their next event, with any cache of a server, and prove only what is new", async () => {
      const url = await box.url();
      let clock = now;
      const [one, other] = [await box.store({ url, clock: () => clock }), await box.store({ url, clock: () => clock })];
      await one.record(toEntries(runWithJob("shop/old", "1")));
      await other.record(toEntries(runWithJob("shop/old", "2")));
      await retireSeries(one.connection, { project: "shop/old" }, now);
      clock = now + hour;

      await other.record(toEntries([...runWithJob("shop/old", "3"), ...runWithJob("shop/else", "4")]));
      await one.record(toEntries(runWithJob("shop/old", "5")));

      const series = await readSeries(one, "shop/old");
      expect(new Set(series.map(({ createdAt }) => createdAt))).to.deep.equal(new Set([now + hour]));
      const runs = series.filter(({ metric, labels }) => metric === "runs" && labels[4] === "success");
      expect(runs.map(({ count }) => count)).to.deep.equal([2]);
      expect(
        series.some(({ metric, count }) => metric === "runs" && count === 0),
        "counters begin at 0",
      ).to.equal(true);
      expect(await compareTotals(one.connection)).to.deep.include({ shortfalls: [], orphans: 0 });
      const ids = await rows(one, "select id from rollups where id in (select rollup_id from retired_series)");
      expect(ids, "an id is never given twice").to.deep.equal([]);
    });

    it("are not counted again when their deliveries are sent again", async () => {
      const store = await box.store();
      const observations = runWithJob("shop/old", "1");
      await store.record(toEntries(observations));
      await retireSeries(store.connection, { project: "shop/old" }, now);

      await store.record(toEntries(observations));

      expect((await readSeries(store, "shop/old")).filter(({ count }) => count > 0)).to.deep.equal([]);
    });

    it("give their room back, but for what the series that stand for others have of it", async () => {
      const quiet = { ...noLog, warn: () => undefined };
      let clock = now;
      const store = await box.store({ seriesMax: 12, log: quiet, clock: () => clock });
      await store.record(toEntries([...runWithJob("shop/a", "1"), ...runWithJob("shop/b", "2")]));
      await store.record(toEntries(runWithJob("shop/c", "3")));
      expect((await readSeries(store, "shop/c")).filter(({ metric }) => metric === "runs")).to.deep.equal([]);

      for (const project of ["shop/a", "shop/b"]) await retireSeries(store.connection, { project }, now);
      clock += cutMemoryMillis;
      await store.record(toEntries(runWithJob("shop/c", "4")));

      expect((await readSeries(store, "shop/c")).filter(({ metric }) => metric === "runs")).to.have.length(6);
    });

    it("lose nothing that is counted while they are retired", async () => {
      const url = await box.url();
      const [one, other] = [await box.store({ url }), await box.store({ url })];
      let run = 0;
      const end = new AbortController();
      const load = async (store: Store) => {
        while (!end.signal.aborted) {
          await new Promise(setImmediate);
          const batch = toEntries(runWithJob("shop/old", String(++run)));
          while (!(await store.record(batch).then(() => true, retryable(store))));
        }
      };
      const loads = [load(one), load(other)];
      for (let i = 0; i < 5; i++) {
        const before = run;
        await until(() => run > before + 3, "deliveries");
        await retireSeries(one.connection, { project: "shop/old" }, now);
      }
      end.abort();
      await Promise.all(loads);

      expect(await compareTotals(one.connection)).to.deep.include({ shortfalls: [], orphans: 0 });
      const [stored] = await rows(
        one,
        "select count(*) as count from run_completions where rollup_id in (select id from rollups)",
      );
      const counted = (await readSeries(one, "shop/old")).filter(({ metric }) => metric === "runs");
      expect(counted.reduce((total, { count }) => total + count, 0)).to.equal(Number(stored?.["count"]));
    });
  });
}

const retryable = (store: Store) => (error: unknown) => {
  if (!store.isTransient(error)) throw error;
  return false;
};
