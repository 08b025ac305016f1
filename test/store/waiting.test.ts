import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { allDatabases, now, sandbox } from "../support/database/databases.ts";
import { recordStatements } from "../support/database/statements.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, orderless, rows, totals } from "../support/database/tables.ts";

const minute = 60_000;

/** A finished job of run `run` whose delivery calls the pipeline something else than the run does. */
function job(run: string, id: string, more: Partial<Observation> = {}): Observation {
  const check = ofJob(id, "check", "success", { clock: 60, queued: 10, started: 20 });
  const facts = { project: "shop/cart", pipeline: "as a job calls it" };
  return mentioning(run, [check], { facts, retriesByName: true, ...more });
}

async function counted(store: TestStore): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await totals(store)).filter(([, value]) => value !== 0));
}

async function faults(store: TestStore): Promise<number> {
  const { metrics, orphans } = await compareTotals(store.connection);
  return metrics.reduce((sum, { short, above }) => sum + short + above, orphans);
}

/** Records as a server of the version before does, which knows of no wait: it counts at once, and leaves the wait as it is. */
async function recordWithoutWait(store: TestStore, observation: Observation): Promise<void> {
  const [before] = await rows(store, `select waiting_since from runs where native_id = '${observation.run}'`);
  await rows(store, `update runs set waiting_since = null where native_id = '${observation.run}'`);
  await store.record(toEntries([observation]));
  const since = Number(before?.["waiting_since"]);
  await rows(store, `update runs set waiting_since = ${since} where native_id = '${observation.run}'`);
}

const waitingRuns = "select native_id from runs where waiting_since is not null order by native_id";

for (const database of allDatabases) {
  describe(`store, jobs that come before their run: ${database.name}`, () => {
    const box = sandbox(database);

    it("are kept in rows and counted with their run, exactly once, and proven before and after", async () => {
      const [late, early] = [await box.store(), await box.store()];
      const run = ofRun("1", "executing", { clock: 10, epoch: 2, attempt: 2, queued: 0, started: 10 });
      const jobs = [job("1", "11"), job("1", "12", { attempt: 2 })];
      await early.record(toEntries([run, ...jobs]));

      for (const observation of [...jobs, ...jobs]) await late.record(toEntries([observation]));
      expect(await totals(late)).to.deep.equal({});
      expect(await rows(late, "select key, rollup_id from job_completions order by key")).to.have.length(2);
      expect(await faults(late)).to.equal(0);
      for (const observation of [run, run, ...jobs]) await late.record(toEntries([observation]));

      expect(await orderless(late)).to.deep.equal(await orderless(early));
      expect(await faults(late)).to.equal(0);
    });

    it("are counted under what their deliveries stated once the wait is over, and not again with their run", async () => {
      let clock = now;
      const store = await box.store({ clock: () => clock });
      await store.record(toEntries([job("1", "11"), job("1", "12", { attempt: 2 }), job("2", "21")]));
      clock += minute;
      await store.record(toEntries([job("1", "13"), job("3", "31")]));

      expect(await store.release(now)).to.equal(0);
      expect(await totals(store)).to.deep.equal({});
      expect(await store.release(now + 1)).to.equal(2);
      expect(await store.release(now + 1)).to.equal(0);

      const released = await counted(store);
      const series = Object.keys(released);
      expect(series.every((name) => name.includes('pipeline="as a job calls it"'))).to.be.true;
      const sum = (metric: string) =>
        series.filter((name) => name.startsWith(`${metric}{`)).reduce((all, name) => all + (released[name] ?? 0), 0);
      expect(
        ["cicd_job_runs_total", "cicd_job_retries_total", "cicd_pipeline_run_restarts_total"].map(sum),
      ).to.deep.equal([4, 2, 1]);
      expect(await rows(store, waitingRuns)).to.deep.equal([{ native_id: "3" }]);

      await store.record(toEntries([ofRun("1", "pending", { clock: 80, epoch: 2, attempt: 2 }), job("2", "22")]));
      const after = await counted(store);
      expect(Object.keys(after), "a later job of a run whose wait is over is counted at once").to.have.members(series);
      expect(after).to.not.deep.equal(released);
      expect(await faults(store)).to.equal(0);
    });

    it("are not counted again where a server of the version before counted some of what waits", async () => {
      const begun = { epoch: 3, attempt: 3, queued: 0, started: 10 };
      const run = ofRun("1", "executing", { clock: 10, ...begun });
      const lint = ofJob("20", "lint", "success", { clock: 60, queued: 10, started: 20 });
      const first = [job("1", "11"), job("1", "12", { attempt: 2 }), job("1", "20", { jobs: [lint] })];
      // What the server of the version before receives: a retry and a restart, some of it with the run's own name.
      const older = [{ ...job("1", "13", { attempt: 3 }), facts: run.facts }, run];
      const last = [
        job("1", "14"),
        job("1", "21", { jobs: [{ ...lint, job: "21" }] }),
        ofRun("1", "success", { clock: 70, ...begun }),
      ];
      const alone = await box.store();
      await alone.record(toEntries([run, ...first, ...older, ...last]));

      for (const before of [older, older.toReversed()]) {
        const orders = [last, last.toReversed()];
        for (const after of orders) {
          const store = await box.store();
          await store.record(toEntries(first));
          for (const observation of before) await recordWithoutWait(store, observation);
          for (const observation of [...after, ...after]) await store.record(toEntries([observation]));

          expect(await counted(store)).to.deep.equal(await counted(alone));
          expect(await faults(store)).to.equal(0);
        }
        const store = await box.store();
        await store.record(toEntries(first));
        for (const observation of before) await recordWithoutWait(store, observation);
        await store.release(now + 1);
        await store.record(toEntries(last));

        expect(await counted(store), "released because the time was over").to.deep.equal(await counted(alone));
        expect(await faults(store)).to.equal(0);
      }
    });

    it("cost a look at what was counted meanwhile, and no delivery of a run that does not wait does", async () => {
      const store = await box.store();
      const run = ofRun("1", "executing", { clock: 10 });
      const looks = async (observation: Observation) => {
        const all = await recordStatements(store.connection, () => store.record(toEntries([observation])));
        return all.filter((sql) => /\bjoin tallies\b/.test(sql)).length;
      };

      expect([await looks(job("1", "11")), await looks(job("1", "12")), await looks(run)]).to.deep.equal([0, 0, 1]);
      expect([await looks(job("1", "13")), await looks({ ...run, run: "2" }), await looks(run)]).to.deep.equal([
        0, 0, 0,
      ]);
    });

    it("are released once by several at a time, more than one batch of them, while deliveries go on", async () => {
      const url = await box.url();
      const one = await box.store({ url });
      // SQLite's file has one owner.
      const stores = [one, database.engine === "sqlite" ? one : await box.store({ url })] as const;
      const ids = Array.from({ length: 150 }, (_, i) => `${i}`);
      await stores[0].record(toEntries(ids.map((id) => job(id, "1"))));
      // Half of the runs are reported at the same time.
      const reported = ids.filter((_, i) => i % 2 === 0).map((id) => ofRun(id, "success", { clock: 70 }));

      await Promise.all([
        ...stores.map((store) => store.release(now + 1)),
        ...reported.map((observation, i) => stores[i % 2 === 0 ? 0 : 1].record(toEntries([observation]))),
      ]);
      await stores[0].release(now + 1);

      const all = Object.entries(await counted(stores[0])).filter(([name]) => name.startsWith("cicd_job_runs_total{"));
      expect(all.reduce((sum, [, count]) => sum + count, 0)).to.equal(150);
      expect(await faults(stores[0])).to.equal(0);
      expect(await rows(stores[0], waitingRuns)).to.deep.equal([]);
    });
  });
}
