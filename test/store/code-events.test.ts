import { expect } from "chai";
import * as fc from "fast-check";
import type { CodeEvent } from "../../src/core/code-event.ts";
import { merge, toFolded, type Folded } from "../../src/core/merge.ts";
import { codeEventTables } from "../../src/core/store/db/code-event-tables.ts";
import type { Row } from "../../src/core/store/db/columns.ts";
import { readFacts, type FactField } from "../../src/core/store/db/fact-columns.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { entry, rows } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { anyCodeEventsTwice, fullCodeEvents } from "../support/model/code-events.ts";

const day = 24 * 3600 * 1000;
let deliveries = 0;

/** A delivery about code alone, no key twice. */
function about(...codeEvents: CodeEvent[]) {
  return { ...entry(`about code ${++deliveries}`, []), codeEvents };
}

/** What is stored of code, without when it was written. */
async function read(store: TestStore): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const [kind, { table, fields }] of Object.entries(codeEventTables)) {
    for (const row of await rows(store, `select * from ${table}`)) {
      const { version_epoch: epoch, version_clock: clock, version_rank: rank, older } = row;
      all[`${kind} ${String(row["native_id"])}`] = {
        version: { epoch, clock, rank },
        facts: readFacts<object>(row, fields as readonly FactField<object>[]),
        versions: older === null ? undefined : (JSON.parse(older as string) as Row),
      };
    }
  }
  return all;
}

/** What the merge laws say of the same deliveries. */
function fold(events: readonly CodeEvent[]): Record<string, unknown> {
  const all: Record<string, Folded<object>> = {};
  for (const event of events) {
    const key = `${event.kind} ${event.id}`;
    const observed = toFolded<object>(event);
    all[key] = all[key] === undefined ? observed : merge(all[key], observed);
  }
  return Object.fromEntries(
    Object.entries(all).map(([key, { version, facts, versions }]) => [key, { version, facts, versions }]),
  );
}

for (const database of databasesAndPartitions) {
  describe(`store, deployments, changes and pushes: ${database.name}`, () => {
    const box = sandbox(database);

    it("gives back every fact as it was stated", async () => {
      const store = await box.store();

      expect(await store.record([about(...fullCodeEvents)])).to.deep.equal(["accepted"]);

      expect(await read(store)).to.deep.equal(fold(fullCodeEvents));
      for (const { table, fields } of Object.values(codeEventTables)) {
        const [row = {}] = await rows(store, `select * from ${table}`);
        for (const { column } of fields) expect(row[column], `${table}.${column}`).to.not.equal(null);
      }
    });

    it("holds what the merge laws say, in any order, in any batches and with any duplicates", async () => {
      const url = await box.url();
      const store = await box.store({ url });
      const clear = async () => {
        for (const { table } of Object.values(codeEventTables)) await store.connection.knex(table).delete();
      };
      const property = fc.asyncProperty(anyCodeEventsTwice, async ([inOrder, again]) => {
        await clear();
        await store.record(inOrder.map((event) => about(event)));
        const once = await read(store);
        await clear();
        for (const event of again) await store.record([about(event)]);

        expect(await read(store)).to.deep.equal(once);
        expect(once).to.deep.equal(fold(inOrder));
      });
      await fc.assert(property, { numRuns: database.name === "SQLite" ? 100 : 30 });
    });

    it("leaves a row alone when a delivery adds nothing, and applies no duplicate", async () => {
      let clock = now;
      const store = await box.store({ clock: () => clock });
      const first = about(...fullCodeEvents);
      await store.record([first]);
      clock += day;

      expect(await store.record([about(...fullCodeEvents), first])).to.deep.equal(["accepted", "duplicate"]);

      for (const { table } of Object.values(codeEventTables)) {
        const [row] = await rows(store, `select updated_at, first_seen_at from ${table}`);
        expect([Number(row?.["updated_at"]), Number(row?.["first_seen_at"])], table).to.deep.equal([now, now]);
      }
    });

    it("is deleted by retention like runs, by the last delivery that changed it", async () => {
      let clock = now - 100 * day;
      const store = await box.store({ clock: () => clock });
      const [deployment, change, push] = fullCodeEvents as readonly [CodeEvent, CodeEvent, CodeEvent];
      await store.record([about(deployment, change, push)]);
      clock = now;
      await store.record([about({ ...push, id: "young" })]);
      const before = now - 30 * day;

      expect(await store.maintenance.hasExpired(before)).to.equal(true);
      expect(await deleteExpired(store.connection, before)).to.deep.equal({ runs: 0, codeEvents: 3, deliveries: 0 });

      expect(Object.keys(await read(store))).to.deep.equal(["push young"]);
      expect(await store.maintenance.hasExpired(before)).to.equal(false);
    });

    it("is written by the thread of a server as well", async () => {
      const module = new URL("../../src/commands/serve/writer-thread.ts", import.meta.url);
      const store = await box.store({ thread: { module, concurrency: 1, batchJobsMax: 100 } });

      await store.record([store.encode(about(...fullCodeEvents))]);

      expect(await read(store)).to.deep.equal(fold(fullCodeEvents));
    });
  });
}
