import { expect } from "chai";
import { inTransaction } from "../../src/core/store/db/in-transaction.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { rows } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

const insert = "insert into total_imports (key, imported_at, series) values (?, ?, ?)";

describe("store, transactions: PostgreSQL", () => {
  const box = sandbox(required);
  const listKeys = async (store: TestStore) =>
    (await rows(store, "select key from total_imports")).map(({ key }) => key);

  it("is committed with what it did, and returns what it was asked for", async () => {
    const store = await box.store();

    const server = await inTransaction(store.connection, async (trx, context) => {
      await trx.query(insert, ["one", now, 1]);
      return context.server;
    });

    expect(await listKeys(store)).to.deep.equal(["one"]);
    expect(Number(server), "the start of the server, in seconds").to.be.above(1e9);
  });

  it("is rolled back when its work fails, and the connection takes the next one", async () => {
    const store = await box.store();

    const error = await catchFailure(
      inTransaction(store.connection, async (trx) => {
        await trx.query(insert, ["one", now, 1]);
        throw new Error("not today");
      }),
    );

    expect(error.message).to.equal("not today");
    await inTransaction(store.connection, (trx) => trx.query(insert, ["other", now, 1]));
    expect(await listKeys(store)).to.deep.equal(["other"]);
  });

  it("fails where a statement failed and its work went on: PostgreSQL answers the commit with a rollback", async () => {
    const store = await box.store();

    const error = await catchFailure(
      inTransaction(store.connection, async (trx) => {
        await trx.query(insert, ["one", now, 1]);
        await catchFailure(trx.query("select 1 / 0"));
      }),
    );

    expect(error.message).to.match(/rolled the transaction back/);
    expect(await listKeys(store)).to.deep.equal([]);
  });
});
