import { expect } from "chai";
import { inTransaction } from "../../src/core/store/db/in-transaction.ts";
import type { Cell } from "../../src/core/store/db/rowset.ts";
import { deliveryRowset, seriesRowset } from "../../src/core/store/db/rowsets.ts";
import { wrapTransaction, type Transaction } from "../../src/core/store/db/transaction.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";

const transactions: Readonly<Record<string, (store: TestStore, work: (trx: Transaction) => Promise<void>) => unknown>> =
  {
    "of a delivery": ({ connection }, work) => inTransaction(connection, work),
    "of Knex": ({ connection }, work) =>
      connection.knex.transaction((trx) => work(wrapTransaction(trx, connection.bulk))),
  };

for (const database of databases) {
  describe(`rows that a transaction inserts: ${database.name}`, () => {
    const box = sandbox(database);
    const stored = async (store: TestStore) => {
      const all = await rows(store, "select labels, created_at from rollups where metric = 'runs' order by labels");
      return all.map((row) => [row["labels"], Number(row["created_at"])]);
    };
    const row = (label: string, createdAt: number): Cell[] => ["runs", label, createdAt];

    for (const [whose, transact] of Object.entries(transactions)) {
      const insert = (store: TestStore, given: readonly Cell[][], onConflict?: string) =>
        transact(store, (trx) => trx.insert("rollups", seriesRowset, given, onConflict));

      it(`are stored, and those whose key exists changed, in one ${whose}`, async () => {
        const store = await box.store();
        const change = "on conflict (metric, labels) do update set created_at = excluded.created_at";
        await insert(store, [row("a", 1), row("b", 2)], change);
        await insert(store, [row("b", 3), row("c", 4)], change);
        await insert(store, [], change);
        expect(await stored(store)).to.deep.equal([
          ["a", 1],
          ["b", 3],
          ["c", 4],
        ]);
      });

      it(`keep every character and every null, in one ${whose}`, async () => {
        const store = await box.store();
        const texts = ["\\N", "\\.", "\\", "a\tb\nc\r\\n\b", '{"",NULL}', "", "null", "日本\u2028", "😀"];
        const cells = texts.map((text, i): Cell[] => [`k${i}`, "s", "p", "ignored", text, 1, 2, text, null, null]);
        await transact(store, (trx) => trx.insert("deliveries", deliveryRowset, cells));
        const all = await rows(store, "select reason, headers, body from deliveries order by key");
        expect(all).to.deep.equal(texts.map((text) => ({ reason: text, headers: text, body: null })));
      });

      it(`are stored whatever their number is, in one ${whose}`, async () => {
        const store = await box.store();
        const expected: unknown[][] = [];
        for (const count of [1, 2, 7, 8, 31, 32, 43, 107]) {
          const given = Array.from({ length: count }, (_, i) => row(`${1000 + count}/${1000 + i}`, i));
          await insert(store, given);
          expected.push(...given.map(([, label, createdAt]) => [label, createdAt]));
        }
        expect(await stored(store)).to.deep.equal(expected);
      });

      it(`are all refused with one whose key exists, in one ${whose}`, async () => {
        const store = await box.store();
        await insert(store, [row("b", 2)]);
        const many = Array.from({ length: 42 }, (_, i) => row(i === 21 ? "b" : `c${i}`, i));
        for (const given of [[row("a", 1), row("b", 3)], many]) {
          let error: unknown;
          await Promise.resolve(insert(store, given)).catch((e: unknown) => (error = e));
          expect(error).to.be.instanceOf(Error);
          expect(await stored(store)).to.deep.equal([["b", 2]]);
        }
      });
    }
  });
}
