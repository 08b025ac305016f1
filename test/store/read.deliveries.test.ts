import { expect } from "chai";
import type { Store } from "../../src/core/store/index.ts";
import type { DeliveriesQuery, DeliveryRow, Position } from "../../src/core/store/read/types.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { fill } from "../support/database/fill.ts";
import { entry } from "../support/database/tables.ts";

async function allPages(store: Store, query: Omit<DeliveriesQuery, "after">, between?: () => Promise<void>) {
  const found: DeliveryRow[] = [];
  let pages = 0;
  for (let after: Position | undefined; ; ) {
    const { items, next } = await store.read("deliveries", { ...query, after });
    expect(items.length).to.be.at.most(query.limit);
    found.push(...items);
    pages++;
    if (next === undefined) return { found, pages };
    after = next;
    await between?.();
  }
}

const outcomes = ["accepted", "ignored", "dead_letter"] as const;
const sources = ["gitlab", "github", "tekton"] as const;

/** Delivery i: several arrive in one millisecond, and some later than their ids tell. */
function made(i: number) {
  const outcome = outcomes[i % 5 === 4 ? 2 : i % 2] ?? "accepted";
  return entry(`delivery ${i}`, [], {
    outcome,
    source: sources[i % 3] ?? "gitlab",
    reason: outcome === "accepted" ? null : `reason ${i}`,
    receivedAt: now + Math.floor(i / 4) * 10 - (i % 11 === 0 ? 35 : 0),
    bytes: i,
    content: outcome === "dead_letter" ? { headers: "{}", body: "secret" } : null,
  });
}

const numbers = Array.from({ length: 80 }, (_, i) => i + 1);

for (const database of databases) {
  describe(`reading deliveries: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    async function made80(): Promise<Store> {
      const store = await box.store();
      for (const i of numbers) await store.record([made(i)]);
      return store;
    }

    it("shows each once, newest first, by source and by outcome, however long the pages are", async () => {
      const store = await made80();
      const queries: readonly Omit<DeliveriesQuery, "limit">[] = [
        {},
        ...sources.map((source) => ({ source })),
        ...outcomes.map((outcome) => ({ outcome })),
        { source: "github", outcome: "dead_letter" },
        { source: "github", outcome: "ignored" },
        { source: "nowhere" },
      ];

      for (const query of queries) {
        const fits = (i: number) => {
          const { source, outcome } = made(i).delivery;
          return (query.source ?? source) === source && (query.outcome ?? outcome) === outcome;
        };
        const newest = (a: number, b: number) => made(b).delivery.receivedAt - made(a).delivery.receivedAt || b - a;
        const expected = numbers.filter(fits).toSorted(newest);
        for (const limit of [1, 7, 200]) {
          const { found } = await allPages(store, { ...query, limit });
          expect(
            found.map(({ bytes }) => bytes),
            JSON.stringify(query),
          ).to.deep.equal(expected);
        }
      }
    });

    it("tells what became of a delivery, and nothing that its sender wrote", async () => {
      const store = await made80();

      const { found } = await allPages(store, { limit: 200 });

      const dead = found.find(({ bytes }) => bytes === 4);
      const { id, ...row } = dead ?? { id: 0 };
      expect(id).to.be.above(0);
      expect(row).to.deep.equal({
        source: "github",
        provider: "gitlab",
        outcome: "dead_letter",
        reason: "reason 4",
        receivedAt: now + 10,
        bytes: 4,
        kept: true,
        run: null,
      });
      expect(found.filter(({ kept, outcome }) => kept !== (outcome === "dead_letter"))).to.deep.equal([]);
      expect(JSON.stringify(found)).to.not.include("secret");
    });

    it("shows nothing twice and leaves nothing out while others arrive", async () => {
      const store = await made80();
      let next = 81;

      const before = (await allPages(store, { limit: 200 })).found;
      const { found } = await allPages(store, { limit: 9 }, async () => void (await store.record([made(next++)])));

      expect(found).to.deep.equal(before);
      expect(next).to.be.above(85);
    });

    it("looks at a bounded number of rows for a rare outcome, and misses nothing over several pages", async () => {
      const store = await box.store();
      await fill(store, 45_000);
      await store.record([entry("rare", [], { outcome: "ignored", source: "gitlab", receivedAt: 1, bytes: 3 })]);

      const { found, pages } = await allPages(store, { limit: 50, source: "gitlab", outcome: "ignored" });
      const dead = await allPages(store, { limit: 200, outcome: "dead_letter" });

      expect([found.length, pages]).to.deep.equal([1, 3]);
      expect([dead.found.length, dead.pages], "by an index of their own").to.deep.equal([90, 1]);
    });

    it("shows the last delivery of each source, its dead letters, and the number of series", async () => {
      const store = await made80();

      const state = await store.read("state", null);

      expect(state.sources.map(({ source }) => source)).to.have.members([...sources]);
      for (const { source, lastDeliveryAt, deadLetters } of state.sources) {
        const own = numbers.map((i) => made(i).delivery).filter((delivery) => delivery.source === source);
        expect(lastDeliveryAt).to.equal(Math.max(...own.map(({ receivedAt }) => receivedAt)));
        expect(deadLetters).to.equal(own.filter(({ outcome }) => outcome === "dead_letter").length);
      }
      expect(state.series).to.deep.equal([]);
      expect(await (await box.store()).read("state", null)).to.deep.equal({ sources: [], series: [], cuts: [] });
    });
  });
}
