import { expect } from "chai";
import type { Row } from "../../src/core/store/db/columns.ts";
import type { TestStore } from "../support/database/test-store.ts";
import type { Observation } from "../../src/core/model.ts";
import { allDatabases, sandbox } from "../support/database/databases.ts";
import { fold } from "../support/model/fold.ts";
import { scenarios, type Scenario } from "../support/model/scenarios.ts";
import { toEntries, orderless, totals } from "../support/database/tables.ts";

/** Where two deliveries prove one completion with different times, the first to arrive is the one that is observed. */
function withoutTimes(row: Row): Row {
  const times = /^(exemplar_|bucket_|finished_at$|duration_seconds$|sum_millis$)/;
  return Object.fromEntries(Object.entries(row).filter(([column]) => !times.test(column)));
}

async function ledger(store: TestStore, { timesVary }: Scenario) {
  const all = await orderless(store);
  if (timesVary !== true) return all;
  return { ...all, rollups: all.rollups.map(withoutTimes), runCompletions: all.runCompletions.map(withoutTimes) };
}

/** Some orders that differ in everything: reversed, rotated, every other one first. */
function orders<T>(items: readonly T[]): T[][] {
  const half = Math.ceil(items.length / 2);
  const even = items.filter((_, i) => i % 2 === 0);
  const odd = items.filter((_, i) => i % 2 === 1);
  return [items.toReversed(), [...items.slice(half), ...items.slice(0, half)], [...odd, ...even]];
}

/** How often a store is made of them: by one transaction a delivery, or by one transaction for all. */
const ways: Record<string, (store: TestStore, order: readonly Observation[]) => Promise<void>> = {
  async "one by one"(store, order) {
    for (const delivery of toEntries(order)) await store.record([delivery]);
  },
  async "twice in one batch"(store, order) {
    await store.record(toEntries(order.flatMap((observation) => [observation, observation])));
  },
  async "again after the end"(store, order) {
    await store.record(toEntries(order));
    await store.record(toEntries(order));
  },
};

for (const database of allDatabases) {
  describe(`store, scenarios: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    for (const scenario of scenarios) {
      it(`${scenario.name}: the same tables in every order, and as the core says`, async () => {
        const { deliveries } = scenario;
        const reference = await open();
        await ways["one by one"]?.(reference, deliveries);
        const expected = await ledger(reference, scenario);

        expect(await totals(reference)).to.deep.equal(fold(deliveries).totals);
        const all = [deliveries, ...orders(deliveries)];
        const names = Object.keys(ways);
        for (const [i, order] of all.entries()) {
          const way = names[(i + 1) % names.length] ?? "";
          const store = await open();
          await ways[way]?.(store, order);
          expect(await ledger(store, scenario), `order ${i}, ${way}`).to.deep.equal(expected);
        }
      });
    }
  });
}
