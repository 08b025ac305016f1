import { expect } from "chai";
import { inTransaction } from "../../src/core/store/db/in-transaction.ts";
import { numberSlice } from "../../src/core/store/legacy/number-earlier-runs.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun, type RunStatement } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { copying } from "../store/copying.ts";
import { saved } from "./saved.ts";

const over = (id: string, more: Partial<RunStatement> = {}) =>
  ofRun(id, "success", { clock: 70, queued: 0, started: 10, ...more });

/** 450 runs: most of them with numbers of their own, and of each other kind some. */
const earlier = Array.from({ length: 450 }, (_, i) => {
  if (i % 50 === 1) return over(`${i}`, { source: "lab" });
  if (i % 50 === 2) return over(`uid-${i}`, { source: "tekton", provider: "tekton" });
  if (i % 50 === 3) return over(`use-${i}`, { source: "run-counter", provider: "run-counter" });
  // The same number as the one of the other source.
  return over(`${i % 50 === 0 ? i + 1 : i + 10_000}`);
});
const numbers = earlier.filter(({ provider }) => provider !== "run-counter").length;

for (const database of databases) {
  describe(`the numbers of runs that were recorded before the old collector's tables were in use: ${database.name}`, () => {
    const { store: open, url } = sandbox(database);

    async function holdingEarlier(shared: string): Promise<TestStore> {
      const store = await open({ url: shared });
      for (let from = 0; from < earlier.length; from += 50)
        await store.record(toEntries(earlier.slice(from, from + 50)));
      return store;
    }

    const slice = ({ connection }: TestStore) => inTransaction(connection, numberSlice);
    const shown = async (store: TestStore) => (await rows(store, "select id from metrics_pipeline")).length;

    it("are made slice by slice, also after a kill in the middle, by the rule of all others", async () => {
      const shared = await url();
      const store = await holdingEarlier(shared);
      expect(await slice(store), "they are not in use").to.be.undefined;
      await store.maintenance.turnOnCollector(now);
      await store.record(toEntries([over("1")]));
      expect(await rows(store, "select pipeline_id from metrics_pipeline")).to.deep.equal([]);
      await store.record(toEntries([over("77")]));
      expect(await rows(store, "select pipeline_id from metrics_pipeline")).to.deep.equal([{ pipeline_id: 77 }]);

      // Killed before its commit, and then between two slices.
      const killed = inTransaction(store.connection, async (trx) => {
        await numberSlice(trx);
        throw new Error("killed");
      });
      expect((await catchFailure(killed)).message).to.equal("killed");
      expect(await shown(store)).to.equal(1);
      expect(await slice(store)).to.equal(196);
      expect(await shown(store)).to.equal(197);
      await store.close();

      const again = await open({ url: shared });
      expect(await again.maintenance.numberEarlierRuns()).to.equal(numbers - 196);
      expect(await again.maintenance.numberEarlierRuns()).to.equal(0);

      const found = await rows(
        again,
        "select l.pipeline_id, r.id, r.native_id, r.source, r.provider from legacy_runs l join runs r on r.id = l.run_id",
      );
      expect(found).to.have.length(numbers + 1);
      expect(new Set(found.map(({ pipeline_id: number }) => Number(number))).size).to.equal(found.length);
      for (const { pipeline_id: number, id, native_id: native, source } of found) {
        const first = Math.min(...found.filter((row) => row["native_id"] === native).map((row) => Number(row["id"])));
        const keeps = source !== "tekton" && id === first;
        expect(Number(number), `${String(source)} ${String(native)}`).to.equal(keeps ? Number(native) : -Number(id));
      }
    });

    it("are made by one of several processes at a time, each once, while deliveries arrive", async () => {
      const shared = await url();
      const store = await holdingEarlier(shared);
      const other = await open({ url: shared });
      await store.maintenance.turnOnCollector(now);

      const [one, two] = await Promise.all([
        store.maintenance.numberEarlierRuns(),
        other.maintenance.numberEarlierRuns(),
      ]);
      const rest = await store.maintenance.numberEarlierRuns();

      expect(one + two + rest).to.equal(numbers);
      expect(await rows(store, "select run_id from legacy_runs")).to.have.length(numbers);
    });

    it("are not made for runs that retention has deleted, and nothing is left to be done after them", async () => {
      const store = await holdingEarlier(await url());
      await store.maintenance.turnOnCollector(now);
      await slice(store);
      await rows(store, "delete from runs where id % 2 = 0");

      await store.maintenance.numberEarlierRuns();

      const missing = `select id from runs left join legacy_runs on run_id = id
        where run_id is null and provider <> 'run-counter'`;
      expect(await rows(store, missing)).to.deep.equal([]);
      expect(await rows(store, "select id from runs")).to.have.length(225);
      expect(await rows(store, "select tool from legacy_tools where number_after < number_to")).to.deep.equal([]);
    });

    it("are made for a saved pipeline at once, and are kept", async () => {
      const store = await holdingEarlier(await url());
      await store.record(toEntries([over("700", { source: "gitlab", facts: { project: "team/shop" } })]));

      await store.record([saved()]);

      const figures = "select pipeline_id, duration_e2e from legacy_runs where saved_at is not null";
      expect(await rows(store, figures)).to.deep.equal([{ pipeline_id: 700, duration_e2e: 41 }]);
      await store.maintenance.numberEarlierRuns();
      expect(await rows(store, figures)).to.deep.equal([{ pipeline_id: 700, duration_e2e: 41 }]);
      expect(await rows(store, "select run_id from legacy_runs")).to.have.length(numbers + 1);
    });

    it("go on being made in a copy", async () => {
      const [from, to] = [await url(), await url("empty")];
      const store = await holdingEarlier(from);
      await store.maintenance.turnOnCollector(now);
      await slice(store);

      await copying(from, to, 100);

      const copy = await open({ url: to });
      expect(await copy.maintenance.numberEarlierRuns()).to.equal(numbers - 196);
      await copy.record(toEntries([over("77")]));
      expect(await rows(copy, "select run_id from legacy_runs")).to.have.length(numbers + 1);
    });
  });
}

for (const database of databases.filter(({ engine }) => engine === "postgres")) {
  describe("the numbers of earlier runs, and deliveries that hold their runs: PostgreSQL", () => {
    const { store: open } = sandbox(database);

    it("waits for none of them, and comes back to those that were held", async () => {
      const store = await open();
      await store.record(toEntries(Array.from({ length: 10 }, (_, i) => over(`${i + 1}`))));
      await store.maintenance.turnOnCollector(now);
      const { knex } = store.connection;

      const delivery = await knex.transaction();
      await delivery.raw("select id from runs where id = 4 for update");
      const before = await store.maintenance.numberEarlierRuns();
      const numbered = await rows(store, "select run_id from legacy_runs order by 1");
      await delivery.rollback();

      expect(before).to.equal(3);
      expect(numbered).to.deep.equal([1, 2, 3].map((id) => ({ run_id: id })));
      expect(await store.maintenance.numberEarlierRuns()).to.equal(7);
    });
  });
}
