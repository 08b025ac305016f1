import { expect } from "chai";
import {
  readStoredDeliveries,
  type StoredDelivery,
  type StoredFilter,
} from "../../src/core/store/maintenance/stored-deliveries.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { ofRun } from "../support/model/observations.ts";
import { entry, rows, totals } from "../support/database/tables.ts";
import type { Entry } from "../../src/core/delivery.ts";

const green = ofRun("1", "success", { clock: 70 });

function deadLetter(key: string, more: Partial<Entry["delivery"]> = {}): Entry {
  const content = { headers: '{"content-type":"application/json"}', body: "not json" };
  return entry(key, [], { outcome: "dead_letter", reason: "not understood", content, ...more });
}

async function stored(store: TestStore, filter: StoredFilter = {}): Promise<StoredDelivery[]> {
  const all: StoredDelivery[] = [];
  for await (const page of readStoredDeliveries(store.connection.knex, filter)) all.push(...page);
  return all;
}

async function kept(store: TestStore, filter?: StoredFilter): Promise<string[]> {
  return (await stored(store, filter)).map(({ key }) => key);
}

async function counted(store: TestStore): Promise<number> {
  const all = Object.entries(await totals(store)).filter(([name]) => name.startsWith("cicd_pipeline_runs_total{"));
  return all.reduce((sum, [, value]) => sum + value, 0);
}

for (const database of databasesAndPartitions) {
  describe(`store, deliveries: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    it("keeps a dead letter with what a replay needs, and shows it", async () => {
      const store = await open();

      expect(await store.record([deadLetter("a"), entry("b", [green])])).to.deep.equal(["dead_letter", "accepted"]);

      const [letter, ...rest] = await stored(store, { dead: true });
      expect([letter, ...rest]).to.deep.equal([
        {
          id: letter?.id,
          key: "a",
          source: "main",
          provider: "gitlab",
          receivedAt: now,
          headers: { "content-type": "application/json" },
          body: "not json",
        },
      ]);
      expect((await store.snapshot()).deadLetters).to.deep.equal([{ source: "main", count: 1 }]);
    });

    it("replaces a dead letter once the same delivery is understood, and counts it then", async () => {
      const store = await open();
      await store.record([deadLetter("a")]);

      expect(await store.record([deadLetter("a")])).to.deep.equal(["duplicate"]);
      expect(await store.record([entry("a", [green])])).to.deep.equal(["accepted"]);
      expect(await store.record([entry("a", [green])])).to.deep.equal(["duplicate"]);

      expect(await rows(store, "select key, outcome, reason, headers, body from deliveries")).to.deep.equal([
        { key: "a", outcome: "accepted", reason: null, headers: null, body: null },
      ]);
      expect(await counted(store)).to.equal(1);
      expect((await store.snapshot()).deadLetters).to.deep.equal([{ source: "main", count: 0 }]);
    });

    it("replaces a dead letter by one that turns out to be none of its business", async () => {
      const store = await open();
      await store.record([deadLetter("a")]);

      expect(await store.record([entry("a", [], { outcome: "ignored", reason: "a push" })])).to.deep.equal(["ignored"]);

      expect((await store.snapshot()).deadLetters).to.deep.equal([{ source: "main", count: 0 }]);
    });

    it("never makes a dead letter of what was accepted", async () => {
      const store = await open();
      await store.record([entry("a", [green])]);

      expect(await store.record([deadLetter("a")])).to.deep.equal(["duplicate"]);

      expect(await rows(store, "select outcome from deliveries")).to.deep.equal([{ outcome: "accepted" }]);
    });

    it("takes the one that is understood of two under one key in one batch", async () => {
      const store = await open();

      expect(await store.record([deadLetter("a"), entry("a", [green]), deadLetter("a")])).to.deep.equal([
        "duplicate",
        "accepted",
        "duplicate",
      ]);

      expect(await rows(store, "select outcome, body from deliveries")).to.deep.equal([
        { outcome: "accepted", body: null },
      ]);
      expect(await counted(store)).to.equal(1);
    });

    it("projects a replayed delivery again although its key is known", async () => {
      const store = await open();
      const content = { headers: "{}", body: "{}" };
      await store.record([entry("a", [], { content }), deadLetter("b")]);

      const again = [entry("a", [green], { content, replayed: true }), deadLetter("b", { replayed: true })];
      expect(await store.record(again)).to.deep.equal(["accepted", "dead_letter"]);
      expect(await store.record(again)).to.deep.equal(["accepted", "dead_letter"]);

      expect(await counted(store)).to.equal(1);
      expect(await rows(store, "select count(*) as count from deliveries")).to.deep.equal([{ count: 2 }]);
    });

    it("keeps a dead letter with any bytes", async () => {
      const store = await open();
      const odd = "\u0000 \uD800 \u{1F600} ' \" \\ \u2028 __proto__ \u0001\r\n";
      const long = "ä".repeat(1_000_000);

      const outcomes = await store.record([
        deadLetter("odd", { reason: odd, content: { headers: JSON.stringify({ odd }), body: odd } }),
        deadLetter("long", { content: { headers: "{}", body: long } }),
      ]);

      expect(outcomes).to.deep.equal(["dead_letter", "dead_letter"]);
      const letters = new Map((await stored(store)).map((letter) => [letter.key, letter]));
      expect(letters.get("odd")?.body).to.equal(odd.replace("\u0000", "\uFFFD").toWellFormed());
      expect(letters.get("odd")?.headers["odd"]).to.equal(odd);
      expect(letters.get("long")?.body === long, "the long body is as it was").to.equal(true);
    });

    it("hands out what was kept in the order of arrival, page by page, filtered", async () => {
      const store = await open();
      const content = { headers: "{}", body: "{}" };
      const keys = Array.from({ length: 450 }, (_, i) => `k${String(i).padStart(3, "0")}`);
      for (const key of keys.slice(0, 10)) await store.record([entry(key, [], { content, receivedAt: now - 10 })]);
      await store.record(keys.slice(10).map((key) => entry(key, [], { content })));
      await store.record([deadLetter("dead", { source: "other" }), entry("bare", [])]);

      expect(await kept(store)).to.deep.equal([...keys, "dead"]);
      expect(await kept(store, { source: "other" })).to.deep.equal(["dead"]);
      expect(await kept(store, { since: now })).to.deep.equal([...keys.slice(10), "dead"]);
      expect(await kept(store, { dead: true, source: "main" })).to.deep.equal([]);
    });

    it("has the last delivery and the dead letters of each source", async () => {
      const store = await open();

      await store.record([
        entry("a", [], { source: "b", receivedAt: now - 5 }),
        entry("b", [], { source: "b", receivedAt: now }),
        entry("c", [], { source: "b", receivedAt: now - 9 }),
        deadLetter("d", { source: "B", receivedAt: 1 }),
        deadLetter("e", { source: "B", receivedAt: 2 }),
        deadLetter("f", { source: "ä", receivedAt: 3 }),
      ]);

      const { lastDeliveries, deadLetters } = await store.snapshot();
      expect(lastDeliveries).to.deep.equal([
        { source: "B", at: 2 },
        { source: "b", at: now },
        { source: "ä", at: 3 },
      ]);
      expect(deadLetters).to.deep.equal([
        { source: "B", count: 2 },
        { source: "b", count: 0 },
        { source: "ä", count: 1 },
      ]);
    });
  });
}
