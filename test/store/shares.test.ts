import { expect } from "chai";
import type { DatabaseLog } from "../../src/core/store/db/connect.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databasesAndShards, noLog, sandbox } from "../support/database/databases.ts";
import { acceptRollups, catchFailure, refuseRollups } from "../support/failures.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, rows, totals } from "../support/database/tables.ts";

const budget = { seriesMax: 100, seriesOpenPercent: 50, seriesSharePercent: 10 };

/** A green run of a project with green jobs of these names. */
function green(project: string, run: number, jobs: readonly string[]) {
  const all = jobs.map((name, i) => ofJob(`${run}-${i}`, name, "success", { clock: 65, started: 35 }));
  return ofRun(String(run), "success", { clock: 70, jobs: all, facts: { project, pipeline: "ci" } });
}

const names = (from: number, count: number) => Array.from({ length: count }, (_, i) => `job-${from + i}`);

function listening(): DatabaseLog & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return { ...noLog, warnings, warn: (message) => warnings.push(message) };
}

/** Successful jobs of a project, by pipeline and job name; what went to `__other__` besides. */
async function countJobs(store: TestStore, project: string) {
  const { rollups } = await store.snapshot();
  const own = rollups.filter(
    ({ metric, labels }) => metric === "jobs" && labels[1] === project && labels[6] === "success",
  );
  const count = (isFolded: boolean) =>
    own.filter(({ labels }) => (labels[2] === "__other__") === isFolded).reduce((total, row) => total + row.count, 0);
  return { named: count(false), folded: count(true) };
}

async function overflow(store: TestStore, project: string): Promise<number | undefined> {
  const metric = "pipegauge_project_series_overflow_total";
  return (await totals(store))[`${metric}{metric="cicd_job_runs_total",provider="gitlab",project="${project}"}`];
}

for (const database of databasesAndShards) {
  describe(`store, a project's share of the series: ${database.name}`, () => {
    const box = sandbox(database);

    it("lets a lone project fill the open half, and folds the rest within the project", async () => {
      const log = listening();
      const store = await box.store({ ...budget, log });

      for (let run = 0; run < 20; run++) await store.record(toEntries([green("mono/repo", run, names(run * 5, 5))]));

      const jobs = await countJobs(store, "mono/repo");
      expect(jobs.named + jobs.folded, "no event is lost").to.equal(100);
      expect(jobs.named, "two series a job, of 50 open ones").to.equal(25);
      expect(await overflow(store, "mono/repo")).to.equal(75);
      const [first] = log.warnings;
      expect(log.warnings, "once, whatever the metric").to.have.length(1);
      expect(first).to.match(/^project mono\/repo of gitlab holds 10 % or more .*Find the name .*pipegauge retire/);
    });

    it("keeps room for the others: a newcomer gets its series, and the large project keeps what it has", async () => {
      const store = await box.store({ ...budget, log: listening() });
      await store.record(toEntries([green("mono/repo", 1, names(0, 80))]));

      await store.record(toEntries([green("bank/ledger", 2, ["build", "test"])]));
      await store.record(toEntries([green("mono/repo", 3, ["job-0", "job-999"])]));

      expect(await countJobs(store, "bank/ledger")).to.deep.equal({ named: 2, folded: 0 });
      expect(await countJobs(store, "mono/repo")).to.deep.equal({ named: 51, folded: 31 });
      const { rollups } = await store.snapshot();
      const getRuns = (project: string) =>
        rollups.filter(({ metric, labels, count }) => metric === "runs" && labels[1] === project && count > 0);
      expect(getRuns("mono/repo").map(({ labels }) => labels[2])).to.deep.equal(["ci"]);
    });

    it("folds into one series of all projects only where the metric has no room at all", async () => {
      const store = await box.store({ ...budget, seriesMax: 20, log: listening() });
      const projects = Array.from({ length: 30 }, (_, i) => green(`team/${i}`, i, ["build"]));

      for (const one of toEntries(projects)) await store.record([one]);

      const { rollups } = await store.snapshot();
      const jobs = rollups.filter(({ metric, labels }) => metric === "jobs" && labels[6] === "success");
      expect(jobs.reduce((total, { count }) => total + count, 0)).to.equal(30);
      expect(jobs.filter(({ labels }) => labels[1] === "__other__")).to.have.length(1);
      expect(jobs.filter(({ labels }) => labels[1] !== "__other__" && labels[2] === "__other__")).to.have.length(0);
    });

    it("bounds all metrics together in samples, where a histogram costs its buckets", async () => {
      const log = listening();
      const store = await box.store({ seriesMax: 10_000, samplesMax: 1000, log });

      for (let run = 0; run < 10; run++) {
        await store.record(toEntries([green(`team/${run}`, run, names(0, 10))]));
      }

      const [stored] = await rows(
        store,
        `select sum(case when metric in ('runDuration', 'runQueue', 'jobDuration', 'jobQueue') then 18 else 1 end) as samples
         from rollups where labels not like '%__other__%' and metric not like '%verflow'`,
      );
      expect(Number(stored?.["samples"])).to.be.within(900, 1000);
      const { rollups } = await store.snapshot();
      const observed = rollups.filter(({ metric }) => metric === "jobDuration");
      expect(observed.reduce((total, { count }) => total + count, 0)).to.equal(100);
      expect(log.warnings.join("\n")).to.match(/is full: .*PIPEGAUGE_MAX_SAMPLES/);
    });

    it("decides alike on two stores and after a restart", async () => {
      const url = await box.url();
      const open = () => box.store({ url, ...budget, log: listening() });
      const [one, other] = [await open(), await open()];

      for (let run = 0; run < 20; run++) {
        const [delivery] = toEntries([green("mono/repo", run, names(run * 5, 5))]);
        if (delivery !== undefined) await (run % 2 === 0 ? one : other).record([delivery]);
      }
      const again = await open();
      await again.record(toEntries([green("mono/repo", 99, ["job-2000"])]));

      expect(await countJobs(again, "mono/repo")).to.deep.equal({ named: 25, folded: 76 });
    });

    it("forgets that a batch had no room when the batch is rolled back", async () => {
      const store = await box.store({ ...budget, seriesSharePercent: 100, log: listening() });
      await store.record(toEntries([green("shop/cart", 1, ["build"])]));
      await store.connection.knex.raw(refuseRollups[database.engine]);
      await catchFailure(store.record(toEntries([green("shop/cart", 2, names(0, 200))])));
      await store.connection.knex.raw(acceptRollups[database.engine]);

      await store.record(toEntries([green("shop/cart", 3, ["lint", "unit"])]));

      expect(await countJobs(store, "shop/cart")).to.deep.equal({ named: 3, folded: 0 });
      expect((await totals(store))[`pipegauge_series_overflow_total{metric="cicd_job_runs_total"}`]).to.equal(
        undefined,
      );
    });
  });
}
