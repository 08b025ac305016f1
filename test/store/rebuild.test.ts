import { expect } from "chai";
import * as fc from "fast-check";
import { joinLabels } from "../../src/core/rollup.ts";
import type { Observation } from "../../src/core/model.ts";
import type { Store } from "../../src/core/store/index.ts";
import { claimChore } from "../../src/core/store/maintenance/progress.ts";
import { compareTotals, rebuildTotals, type Findings } from "../../src/core/store/maintenance/rebuild.ts";
import { deleteExpired } from "../../src/core/store/maintenance/retention.ts";
import { importTotals } from "../../src/core/store/maintenance/import-totals.ts";
import { databases, noLog, now, sandbox } from "../support/database/databases.ts";
import { failureOf } from "../support/failures.ts";
import { batches, redelivered, statements } from "../support/model/histories.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { entriesOf, rows } from "../support/database/tables.ts";

const numRuns = { sqlite: 100, postgres: 30 } as const;

/** Deliveries as senders would send them, and arbitrary statements; in any order, with repetitions, in any batches. */
const recordings: fc.Arbitrary<Observation[][]> = fc
  .oneof(
    redelivered.map(([, otherwise]) => otherwise),
    statements,
  )
  .chain(batches);

/** Some runs of several pipelines, with every kind of thing that is counted. */
function several(): Observation[] {
  return Array.from({ length: 30 }, (_, i) => [
    ofRun(`${i}`, i % 3 === 0 ? "failure" : "success", {
      clock: 60 + i,
      epoch: 1,
      attempt: 1,
      queued: 0,
      started: 10,
      jobs: [
        ofJob(`${i}1`, "check", "failure", { clock: 50 + i, queued: 5, started: 20 }),
        ofJob(`${i}2`, "check", "success", { clock: 55 + i, queued: 5, started: 20 }),
      ],
      retriesByName: true,
      facts: { project: `shop/${i % 4}` },
    }),
    ofRun(`${i}`, "success", { clock: 500, epoch: 2, attempt: 2, facts: { project: `shop/${i % 4}` } }),
    // Times that come late, and under other labels than the completion was counted with.
    ofRun(`${i}`, "success", {
      clock: 501,
      epoch: 2,
      attempt: 2,
      queued: 100,
      started: 110,
      facts: { project: `renamed/${i % 4}` },
    }),
  ]).flat();
}

async function damage(store: Store, sql: string): Promise<void> {
  await rows(store, sql);
}

/** What is wrong, in one number each. */
function sums({ metrics, shortfalls, orphans }: Findings) {
  const sum = (key: "series" | "short" | "missing" | "above") => metrics.reduce((all, one) => all + one[key], 0);
  return { short: sum("short"), missing: sum("missing"), above: sum("above"), listed: shortfalls.length, orphans };
}

const nothingWrong = { short: 0, missing: 0, above: 0, listed: 0, orphans: 0 };

for (const database of databases) {
  describe(`store, rebuild: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("finds nothing missing and nothing in excess, whatever was delivered in whatever batches", async () => {
      let looked = 0;
      await fc.assert(
        fc
          .asyncProperty(recordings, async (all) => {
            const store = await box.store();
            for (const batch of all) await store.record(entriesOf(batch));

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
      await store.record(entriesOf(several()));

      const { metrics } = await compareTotals(store.connection);

      expect(metrics).to.have.length(9);
      for (const { name, series } of metrics) expect(series, name).to.be.above(0);
    });

    it("repairs any damage exactly, and is done at the second time", async () => {
      const store = await box.store();
      await store.record(entriesOf(several()));
      const before = await store.snapshot();
      const ids = (await rows(store, "select id from rollups where count > 0 order by id")).map(({ id }) => Number(id));
      const damages = [
        `update rollups set count = 0, sum_millis = 0, ${zeroBuckets()} where id in (${ids.join()})`,
        "update rollups set count = count - 1 where metric = 'runs' and count > 0",
        "update rollups set sum_millis = sum_millis - 1 where metric = 'jobDuration' and sum_millis > 0",
        "update rollups set bucket_5 = 0, count = count - bucket_5 where metric in ('runDuration', 'jobDuration')",
        "update rollups set count = 0 where metric in ('restarts', 'recovered', 'jobRetries')",
      ];

      for (const sql of damages) {
        await damage(store, sql);
        const seen = await compareTotals(store.connection);
        expect(seen.shortfalls, sql).to.not.be.empty;
        expect((await store.snapshot()).rollups, "a comparison changes nothing").to.not.deep.equal(before.rollups);

        expect(await rebuildTotals(store.connection), sql).to.deep.equal(seen);

        expect((await store.snapshot()).rollups, sql).to.deep.equal(before.rollups);
        expect(sums(await rebuildTotals(store.connection)), sql).to.deep.equal(nothingWrong);
      }
      expect(await rows(store, "select * from maintenance")).to.deep.equal([]);
    });

    it("makes a series anew that is gone, where stored runs tell of it", async () => {
      const store = await box.store();
      await store.record(entriesOf(several()));
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

    it("tells of completions and late times whose series is gone, and leaves them alone", async () => {
      const store = await box.store();
      await store.record(entriesOf(several()));
      await damage(store, "delete from rollups where metric in ('runs', 'runQueue')");

      const findings = await rebuildTotals(store.connection);

      const late = await rows(store, "select * from run_completions where queue_rollup_id is not null");
      expect(late).to.not.be.empty;
      expect(findings.orphans).to.equal((await rows(store, "select * from run_completions")).length + late.length);
      expect(await rows(store, "select * from rollups where metric in ('runs', 'runQueue')")).to.deep.equal([]);
    });

    it("leaves totals alone whose runs were purged, imported ones, and what an older tool counts", async () => {
      const store = await box.store();
      await store.record(entriesOf(several()));
      await importTotals(
        store.connection,
        "old",
        [{ metric: "runCounter", labels: joinLabels("a", "success"), count: 7 }],
        now,
      );
      await deleteExpired(store.connection.knex, now + 1);
      const before = await store.snapshot();

      const findings = await rebuildTotals(store.connection);

      expect(findings.shortfalls).to.deep.equal([]);
      expect(sums(findings).above).to.be.above(0);
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    });

    it("leaves alone what was folded, and histograms of which some times were", async () => {
      const store = await box.store({ seriesMax: 5, log: { ...noLog, warn: () => undefined } });
      await store.record(entriesOf(several()));
      const before = await store.snapshot();
      expect(before.rollups.some(({ labels }) => labels.includes("__other__"))).to.be.true;

      const findings = await rebuildTotals(store.connection);

      expect(findings.metrics.some(({ provable }) => !provable)).to.be.true;
      expect(sums(findings)).to.deep.include({ short: 0, missing: 0 });
      expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    });

    it("adds what is missing and no more while deliveries come in", async () => {
      const store = await box.store();
      const first = several();
      await store.record(entriesOf(first));
      await damage(store, "update rollups set count = 0 where metric in ('runs', 'jobs', 'restarts')");
      const later = (i: number) => ofRun(`later ${i}`, "success", { clock: 60, facts: { project: `shop/${i % 4}` } });
      let delivered = 0;
      const end = new AbortController();
      const load = (async () => {
        while (!end.signal.aborted || delivered < 20) await store.record(entriesOf([later(delivered++)]));
      })();

      await rebuildTotals(store.connection);
      end.abort();
      await load;

      expect(delivered).to.be.at.least(20);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
    });

    it("of two at once the one that began first stops, and nothing is added twice", async () => {
      const store = await box.store();
      await store.record(entriesOf(several()));
      await damage(store, "update rollups set count = 0 where metric = 'runs'");
      const { knex } = store.connection;
      const original = knex.transaction.bind(knex);
      // Somebody else begins between the comparison of this one and its first addition.
      let transactions = 0;
      const late = new Proxy(knex, {
        get(target, name) {
          if (name !== "transaction") return Reflect.get(target, name) as unknown;
          return async (...given: Parameters<typeof original>) => {
            if (++transactions === 2) await claimChore(knex, "rebuild", "somebody else's 0");
            return original(...given);
          };
        },
      });

      const error = await failureOf(rebuildTotals({ ...store.connection, knex: late }));

      expect(error.message).to.equal("another rebuild is at work on this database: this one has stopped");
      expect((await compareTotals(store.connection)).shortfalls).to.not.be.empty;
      await rebuildTotals(store.connection);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
    });
  });
}

function zeroBuckets(): string {
  return Array.from({ length: 16 }, (_, i) => `bucket_${i} = 0`).join(", ");
}
