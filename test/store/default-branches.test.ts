import { expect } from "chai";
import { compareTotals, rebuildTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { countDefaultBranches } from "../../src/core/store/maintenance/count-default-branches.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { waitMillis } from "../../src/core/waiting.ts";
import { allDatabases, now, sandbox } from "../support/database/databases.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { rows, toEntries, totals } from "../support/database/tables.ts";
import { shuffled, randomFrom } from "../support/random.ts";
import { at, ofRun, type Status } from "../support/model/observations.ts";
import { nothingWrong, sums } from "./damage.ts";

/** The end of a run of the default branch, so many seconds after `dawn`. */
function end(run: string, status: Status, clock: number, facts = {}) {
  return ofRun(run, status, { clock, started: clock - 5, facts });
}

/** Breaks at 200, 500 and 900; recovers at 400 and 600: red for 300 s, and still since 900. */
const deliveries = [
  end("1", "success", 100),
  end("2", "failure", 200),
  end("3", "error", 300),
  end("4", "cancellation", 350),
  end("5", "success", 400),
  end("6", "timeout", 500),
  end("7", "success", 600),
  end("8", "success", 700),
  end("9", "failure", 900),
  end("10", "failure", 850, { ref: "fix", defaultBranch: false }),
];

async function readCounted(store: TestStore): Promise<{ breaks: number; millis: number; since: number | undefined }> {
  const all = Object.entries(await totals(store));
  const sum = (name: string) =>
    all.reduce((total, [series, value]) => total + (series.startsWith(`${name}{`) ? value : 0), 0);
  const { redBranches } = await store.snapshot();
  return {
    breaks: sum("cicd_default_branch_breaks_total"),
    millis: sum("cicd_default_branch_red_seconds_total"),
    since: redBranches[0]?.since,
  };
}

for (const database of allDatabases) {
  describe(`store, default branches: ${database.name}`, () => {
    const box = sandbox(database);
    const later = now + waitMillis;

    it("count breaks at once, and red time once no delivery can be expected any more", async () => {
      const store = await box.store();
      await store.record(toEntries(deliveries));

      expect(await countDefaultBranches(store.connection, now)).to.equal(1);
      expect(await readCounted(store)).to.deep.equal({ breaks: 3, millis: 0, since: at(900) });
      expect(await countDefaultBranches(store.connection, now), "nothing has changed").to.equal(0);
      await countDefaultBranches(store.connection, later);
      expect(await readCounted(store)).to.deep.equal({ breaks: 3, millis: 300_000, since: at(900) });
      await countDefaultBranches(store.connection, later + waitMillis);
      expect(await readCounted(store)).to.deep.equal({ breaks: 3, millis: 300_000, since: at(900) });
    });

    it("come to the same in any order, one by one and twice, and with a replay and a start in between", async () => {
      for (const seed of [1, 2, 3]) {
        const url = await box.url();
        const store = await box.store({ url });
        for (const [i, delivery] of shuffled([...deliveries, ...deliveries], randomFrom(seed)).entries()) {
          await store.record(toEntries([delivery]));
          await countDefaultBranches(store.connection, now + i);
        }
        await countDefaultBranches(store.connection, later + 100);
        const again = await box.store({ url });
        await again.record(toEntries(deliveries));
        await countDefaultBranches(again.connection, later + 3 * waitMillis);

        expect(await readCounted(again), `seed ${seed}`).to.deep.equal({ breaks: 3, millis: 300_000, since: at(900) });
      }
    });

    it("follow a recovery that arrives hours late upwards only", async () => {
      const store = await box.store();
      await store.record(toEntries([end("1", "success", 100), end("2", "failure", 200), end("5", "success", 500)]));
      for (const moment of [now, later]) await countDefaultBranches(store.connection, moment);
      expect(await readCounted(store)).to.deep.equal({ breaks: 1, millis: 300_000, since: undefined });

      // It was red from 200 to 300 and from 400 to 500 only.
      await store.record(toEntries([end("3", "success", 300), end("4", "failure", 400)]));
      for (const n of [2, 3, 4]) await countDefaultBranches(store.connection, now + n * waitMillis);

      expect(await readCounted(store)).to.deep.equal({ breaks: 2, millis: 300_000, since: undefined });
    });

    it("count a run whose time arrives after its result", async () => {
      const store = await box.store();
      const untimed = { ...end("2", "failure", 200), end: "earlier" as const, completedAs: "failure" as const };
      await store.record(toEntries([end("1", "success", 100), untimed]));
      await countDefaultBranches(store.connection, now);
      expect((await readCounted(store)).breaks).to.equal(0);

      await store.record(toEntries([{ ...end("2", "failure", 200), end: "timed" }]));
      await countDefaultBranches(store.connection, now);

      expect(await readCounted(store)).to.deep.include({ breaks: 1, since: at(200) });
    });

    it("are proven by stored rows, and are counted once by two servers at once", async () => {
      const url = await box.url();
      const servers = [await box.store({ url }), await box.store({ url })];
      await servers[0]?.record(toEntries(deliveries));
      await Promise.all(servers.map(({ connection }) => countDefaultBranches(connection, now)));
      await Promise.all(servers.map(({ connection }) => countDefaultBranches(connection, later)));
      const [store] = servers as [TestStore];
      const before = await readCounted(store);
      expect(before).to.deep.equal({ breaks: 3, millis: 300_000, since: at(900) });
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);

      await rows(store, "update rollups set count = 0 where metric like 'defaultBranch%'");
      await rebuildTotals(store.connection);

      expect(await readCounted(store)).to.deep.equal(before);
    });

    it("begin anew after their project was retired", async () => {
      const url = await box.url();
      const store = await box.store({ url });
      await store.record(toEntries(deliveries));
      await countDefaultBranches(store.connection, now);
      await retireSeries(store.connection, { project: "shop/cart" }, now);
      expect(await rows(store, "select * from default_branches")).to.deep.equal([]);

      const anew = await box.store({ url });
      await anew.record(toEntries([end("21", "success", 1000), end("22", "failure", 1100)]));
      await countDefaultBranches(anew.connection, now);

      expect(await readCounted(anew)).to.deep.include({ breaks: 1, since: at(1100) });
    });
  });
}
