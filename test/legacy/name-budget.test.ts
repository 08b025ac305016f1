import { expect } from "chai";
import { createNameBudget } from "../../src/http/legacy/name-budget.ts";
import { joinLabels } from "../../src/core/series.ts";
import type { Store } from "../../src/core/store/index.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { gate } from "../support/database/recorders.ts";
import { catchFailure } from "../support/failures.ts";

const seriesEach = 2;

for (const database of databases) {
  describe(`names of an older API: ${database.name}`, () => {
    const box = sandbox(database);

    /** Makes the series of a name, as its first report does. */
    async function count({ maintenance }: Store, name: string): Promise<void> {
      const increments = ["success", "failure"].map((result) => {
        return { metric: "runCounter", labels: joinLabels(name, result), count: 1 } as const;
      });
      await maintenance.importTotals(name, increments, now);
    }

    function createBudget(store: Store, names: number) {
      return createNameBudget({ store, metric: "runCounter", seriesEach, seriesMax: names * seriesEach });
    }

    it("that come at the same time are admitted as long as there is room, also while one is stored and not answered yet", async () => {
      const store = await box.store();
      const budget = createBudget(store, 2);
      const answered = gate();
      let stored: (() => void) | undefined;
      const isStored = new Promise<void>((resolve) => (stored = resolve));
      const first = budget.admit("first", async () => {
        await count(store, "first");
        stored?.();
        await answered.opened;
      });
      await isStored;

      const second = budget.admit("second", () => count(store, "second"));
      // Whatever is asked of the database by then has its answer.
      await store.findSeries("runCounter", "second");
      answered.open();

      await Promise.all([first, second]);
      const third = await catchFailure(budget.admit("third", () => count(store, "third")));
      expect(third.message).to.match(/series limit reached/);
    });

    it("do not take more than there is when all come at once, and one that failed leaves its place to the next", async () => {
      const store = await box.store();
      const budget = createBudget(store, 3);
      const failing = catchFailure(budget.admit("failing", () => Promise.reject(new Error("not stored"))));
      const names = Array.from({ length: 8 }, (_, i) => `name ${i}`);

      const outcomes = await Promise.allSettled(names.map((name) => budget.admit(name, () => count(store, name))));

      expect((await failing).message).to.equal("not stored");
      expect(outcomes.filter(({ status }) => status === "fulfilled")).to.have.length(3);
      expect(await store.findSeries("runCounter", "name 0")).to.deep.equal({ stored: 6, exists: true });
    });

    it("take at most one place too many for each further replica: what the others are about to store is not seen", async () => {
      const url = await box.url();
      const [one, other] = [await box.store({ url }), await box.store({ url })];
      const budgets = [one, other].map((store) => createBudget(store, 1));
      const bothDecided = gate();
      let decided = 0;
      const admit = (i: number, store: Store) =>
        budgets[i]?.admit(`of replica ${i}`, async () => {
          if (++decided === 2) bothDecided.open();
          await bothDecided.opened;
          await count(store, `of replica ${i}`);
        });

      await Promise.all([admit(0, one), admit(1, other)]);

      expect(await one.findSeries("runCounter", "of replica 0")).to.deep.equal({
        stored: 2 * seriesEach,
        exists: true,
      });
      for (const [i, store] of [one, other].entries()) {
        const refused = await catchFailure(
          budgets[i]?.admit("a third", () => count(store, "a third")) ?? Promise.resolve(),
        );
        expect(refused.message).to.match(/series limit reached/);
      }
    });
  });
}
