import { expect } from "chai";
import { takeOverOperation } from "../../src/core/store/db/progress.ts";
import { compareTotals, rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { allDatabases, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries } from "../support/database/tables.ts";
import { damage, nothingWrong, several, sums } from "./damage.ts";

for (const database of allDatabases) {
  describe(`store, rebuild while others write: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    const table = database.shards === undefined ? "rollups" : "rollup_shards";

    it("adds what is missing and no more while deliveries come in", async () => {
      const store = await box.store();
      const first = several();
      await store.record(toEntries(first));
      await damage(store, `update ${table} set count = 0`);
      const later = (i: number) => ofRun(`later ${i}`, "success", { clock: 60, facts: { project: `shop/${i % 4}` } });
      let delivered = 0;
      const end = new AbortController();
      const load = (async () => {
        while (!end.signal.aborted || delivered < 20) await store.record(toEntries([later(delivered++)]));
      })();

      await rebuildTotals(store.connection);
      end.abort();
      await load;

      expect(delivered).to.be.at.least(20);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
    });

    it("of two at once the one that began first stops, and nothing is added twice", async () => {
      const store = await box.store();
      await store.record(toEntries(several()));
      await damage(store, `update ${table} set count = 0`);
      const { knex } = store.connection;
      const original = knex.transaction.bind(knex);
      // Somebody else begins between the comparison of this one and its first addition.
      let transactions = 0;
      const late = new Proxy(knex, {
        get(target, name) {
          if (name !== "transaction") return Reflect.get(target, name) as unknown;
          return async (...given: Parameters<typeof original>) => {
            if (++transactions === 2) await takeOverOperation(knex, "rebuild", "somebody else's 0");
            return original(...given);
          };
        },
      });

      const error = await catchFailure(rebuildTotals({ ...store.connection, knex: late }));

      expect(error.message).to.equal("another rebuild is running on this database: this one has stopped");
      expect((await compareTotals(store.connection)).shortfalls).to.not.be.empty;
      await rebuildTotals(store.connection);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
    });
  });
}
