import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { permutations } from "../support/model/fold.ts";
import { ofRun } from "../support/model/observations.ts";

/** An end of the run, with the wait of its first start, which is sent with every end. */
function end(attempt: number, project: string): Observation {
  const clock = attempt * 100;
  const fields = {
    epoch: attempt,
    attempt,
    clock,
    queued: 0,
    started: 10,
    completion: `${attempt}`,
    facts: { project },
  };
  return { ...ofRun("1", "failure", fields), queuesOnce: true };
}

/** Attempts of one run, whose project is renamed while it goes on, and once more. */
const deliveries = [end(1, "shop/old"), end(2, "shop/old"), end(3, "shop/new"), end(4, "shop/newest")];

async function faults(store: TestStore): Promise<readonly string[]> {
  const { metrics, orphans } = await rebuildTotals(store.connection);
  const wrong = metrics.filter(({ short, above }) => short + above > 0).map(({ name }) => name);
  return orphans > 0 ? [...wrong, `${orphans} orphans`] : wrong;
}

const holders = "select key from run_completions where queue_seconds is not null";

for (const database of databasesAndPartitions) {
  describe(`store, a wait that moves to another completion of its run: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("is proven where it was observed, in every order of a rename", async () => {
      for (const order of permutations(deliveries)) {
        const store = await box.store();
        for (const observation of order) await store.record(toEntries([observation]));

        expect(await rows(store, holders)).to.deep.equal([{ key: "1" }]);
        const story = order.map(({ completion }) => completion).join(" ");
        expect(await faults(store), story).to.deep.equal([]);
        await box.clear();
      }
    });

    it("is proven as well where several ends come in one batch", async () => {
      for (const order of permutations(deliveries)) {
        const store = await box.store();
        await store.record(toEntries(order.slice(0, 1)));
        await store.record(toEntries(order.slice(1)));

        expect(await rows(store, holders)).to.deep.equal([{ key: "1" }]);
        expect(await faults(store)).to.deep.equal([]);
        await box.clear();
      }
    });

    it("is not proven for the series that was retired since", async () => {
      const store = await box.store();
      await store.record(toEntries([end(4, "shop/old")]));
      await retireSeries(store.connection, { project: "shop/old" }, now);
      const renamed = ofRun("1", "executing", { epoch: 5, attempt: 5, clock: 500, facts: { project: "shop/new" } });
      await store.record(toEntries([renamed]));

      await store.record(toEntries([end(1, "shop/old")]));

      expect(await rows(store, holders)).to.deep.equal([{ key: "1" }]);
      expect(await faults(store)).to.deep.equal([]);
    });
  });
}
