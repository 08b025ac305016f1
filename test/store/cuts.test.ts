import { expect } from "chai";
import * as fc from "fast-check";
import type { Store } from "../../src/core/store/index.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { cutMemoryMillis } from "../../src/core/store/record/cuts.ts";
import { databasesAndShards, noLog, now, sandbox } from "../support/database/databases.ts";
import { recordStatements } from "../support/database/statements.ts";
import { toEntries, totals } from "../support/database/tables.ts";
import { acceptRollups, catchFailure, refuseRollups } from "../support/failures.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";

const budget = { seriesMax: 60, seriesOpenPercent: 50, seriesSharePercent: 10 };
const quiet = { ...noLog, warn: () => undefined };

/** A green run of a project with green jobs of these names. */
function green(project: string, run: number, jobs: readonly string[]) {
  const all = jobs.map((name, i) => ofJob(`${run}-${i}`, name, "success", { clock: 65, started: 35 }));
  return ofRun(String(run), "success", { clock: 70, started: 10, jobs: all, facts: { project, pipeline: "ci" } });
}

const names = (from: number, count: number) => Array.from({ length: count }, (_, i) => `job-${from + i}`);

/** What only a batch that may make series asks for: the lock of all of them, and how many there are. */
const isOfMaking = (sql: string) => /lock\(7310001\)|count\(\*\)|insert into rollups/.test(sql);

const whole = { "a project's share": budget, "the whole metric": { ...budget, seriesSharePercent: 100 } } as const;

const numRuns = { sqlite: 30, postgres: 4 } as const;

/** Runs of a few projects with job names that come back and new ones, in a few batches. */
const histories = fc
  .array(fc.array(fc.tuple(fc.nat(3), fc.nat(40), fc.nat(15)), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 6,
  })
  .map((batches) => {
    let run = 0;
    return batches.map((runs) =>
      runs.map(([project, from, count]) => green(`team/${project}`, ++run, names(from, count))),
    );
  });

async function countJobs(store: Store, project: string): Promise<Record<string, number>> {
  const { rollups } = await store.snapshot();
  const own = rollups.filter(
    ({ metric, labels, count }) => metric === "jobs" && labels[1] === project && labels[6] === "success" && count > 0,
  );
  return Object.fromEntries(own.map(({ labels, count }) => [labels[4], count]));
}

async function sumOfJobs(store: Store): Promise<number> {
  const { rollups } = await store.snapshot();
  return rollups.reduce((sum, { metric, count }) => sum + (metric === "jobs" ? count : 0), 0);
}

for (const database of databasesAndShards) {
  describe(`store, series for which there is no room: ${database.name}`, () => {
    const box = sandbox(database);

    for (const [cut, limits] of Object.entries(whole)) {
      it(`cost a second batch neither the lock nor a count of all series, old names and new ones: ${cut}`, async () => {
        let clock = now;
        const store = await box.store({ ...limits, log: quiet, clock: () => clock });
        const record = (run: number, jobs: readonly string[]) =>
          store.record(toEntries([green("mono/repo", run, jobs)]));
        await record(1, names(0, 80));
        clock += cutMemoryMillis - 1;
        const again = await recordStatements(store.connection, () => record(2, ["job-79"]));
        // 32 jobs, as many as SQLite gets in one statement.
        const others = await recordStatements(store.connection, () => record(3, ["job-0", ...names(500, 31)]));

        expect(again.filter(isOfMaking)).to.deep.equal([]);
        expect(others.filter(isOfMaking)).to.deep.equal([]);
        const roomy = await box.store();
        await roomy.record(toEntries([green("mono/repo", 1, names(0, 80))]));
        const withoutLookup = await recordStatements(roomy.connection, () =>
          roomy.record(toEntries([green("mono/repo", 3, ["job-79"])])),
        );
        const lengths = [again.length, others.length];
        expect(lengths, "one look at the series").to.deep.equal([withoutLookup.length + 1, withoutLookup.length + 1]);
        expect(await sumOfJobs(store), "no event is lost").to.equal(80 + 1 + 32);
        clock += 1;
        const later = await recordStatements(store.connection, () => record(4, ["job-79"]));
        expect(later.filter(isOfMaking), "after some seconds it is decided anew").to.not.be.empty;
        clock -= 24 * 3600 * 1000;
        const setBack = await recordStatements(store.connection, () => record(5, ["job-79"]));
        expect(setBack.filter(isOfMaking), "and where the clock was set back").to.not.be.empty;
      });
    }

    it("go to the same series as without a cache, for any deliveries in any batches", async function () {
      this.timeout(60_000);
      await fc.assert(
        fc
          .asyncProperty(histories, fc.constantFrom(...Object.values(whole)), async (batches, limits) => {
            const remembering = await box.store({ ...limits, log: quiet });
            const url = await box.url();
            for (const batch of batches) {
              await remembering.record(toEntries(batch));
              await (await box.store({ ...limits, log: quiet, url })).record(toEntries(batch));
            }
            const forgetful = await box.store({ ...limits, log: quiet, url });
            expect(await totals(remembering)).to.deep.equal(await totals(forgetful));
          })
          .afterEach(box.clear),
        { numRuns: numRuns[database.engine] },
      );
    });

    it("get the room that appears, after some seconds", async () => {
      let clock = now;
      const store = await box.store({ ...budget, seriesSharePercent: 100, log: quiet, clock: () => clock });
      await store.record(toEntries([green("shop/old", 1, names(0, 60))]));
      await store.record(toEntries([green("shop/new", 2, ["build"])]));
      expect(await countJobs(store, "shop/new")).to.deep.equal({});

      // As another process does it.
      await retireSeries(store.connection, { project: "shop/old" }, now);
      clock += cutMemoryMillis;
      await store.record(toEntries([green("shop/new", 3, ["build"])]));

      expect(await countJobs(store, "shop/new")).to.deep.equal({ build: 1 });
    });

    it("get it at once where the retired series were written to", async () => {
      const store = await box.store({ ...budget, log: quiet });
      await store.record(toEntries([green("mono/repo", 1, names(0, 80))]));

      await retireSeries(store.connection, { project: "mono/repo" }, now);
      await store.record(toEntries([green("mono/repo", 2, ["job-0", "job-79"])]));

      expect(await countJobs(store, "mono/repo")).to.deep.equal({ "job-0": 1, "job-79": 1 });
    });

    it("are remembered of committed batches only", async () => {
      const store = await box.store({ ...budget, log: quiet });
      await store.record(toEntries([green("shop/cart", 1, ["build"])]));
      await store.connection.knex.raw(refuseRollups[database.engine]);
      await catchFailure(store.record(toEntries([green("shop/cart", 2, names(0, 200))])));
      await store.connection.knex.raw(acceptRollups[database.engine]);

      await store.record(toEntries([green("shop/cart", 3, ["lint"])]));

      expect(await countJobs(store, "shop/cart")).to.deep.equal({ build: 1, lint: 1 });
    });

    it("do not keep another project from getting its own", async () => {
      const store = await box.store({ ...budget, log: quiet });
      await store.record(toEntries([green("mono/repo", 1, names(0, 80))]));

      await store.record(toEntries([green("mono/repo", 2, ["job-900"]), green("bank/ledger", 3, ["build"])]));

      expect(await countJobs(store, "bank/ledger")).to.deep.equal({ build: 1 });
    });
  });
}
