import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import { isTransient } from "../../src/core/store/db/transient-errors.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { acceptRollups, catchFailure, refuseRollups } from "../support/failures.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { measureMillis, measureShortest } from "../support/measure.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, entry, rows, tables, totals } from "../support/database/tables.ts";

const green = ofRun("1", "success", { clock: 70 });
const red = ofRun("2", "failure", { clock: 70 });
const redSeries = `cicd_pipeline_runs_total{provider="gitlab",project="shop/cart",pipeline="checkout",default_branch="true",result="failure"}`;

async function pragma(store: TestStore, name: string): Promise<number> {
  const [row] = await rows(store, `pragma ${name}`);
  return Number(Object.values(row ?? {})[0]);
}

for (const database of databases) {
  describe(`store, failures: ${database.name}`, () => {
    const box = sandbox(database);

    it("leaves nothing of a batch that fails half way, and goes on", async () => {
      const store = await box.store();
      await store.record(toEntries([green]));
      const before = await tables(store);
      const batch = toEntries([red]);
      await store.connection.knex.raw(refuseRollups[database.engine]);

      const error = await catchFailure(store.record(batch));

      expect(error.message).to.match(/not today/);
      expect(store.isTransient(error)).to.equal(false);
      expect(await tables(store)).to.deep.equal(before);
      expect(await rows(store, "select count(*) as count from deliveries")).to.deep.equal([{ count: 1 }]);
      await store.connection.knex.raw(acceptRollups[database.engine]);
      expect(await store.record(batch)).to.deep.equal(["accepted"]);
      expect(await totals(store)).to.include({ [redSeries]: 1 });
    });

    it("forgets the series that a failed batch made", async () => {
      const store = await box.store();
      await store.connection.knex.raw(refuseRollups[database.engine]);
      const batch = toEntries([red]);
      await catchFailure(store.record(batch));
      await store.connection.knex.raw(acceptRollups[database.engine]);

      await store.record(toEntries([ofRun("3", "executing", { clock: 5, facts: { project: "another" } })]));
      await store.record(batch);

      expect(await totals(store)).to.include({ [redSeries]: 1 });
    });

    it("does not wait for what will never work", async () => {
      const store = await box.store();
      const { knex } = store.connection;

      for (const sql of [
        "select * from nothing",
        "insert into deliveries (key) values ('a')",
        "insert into total_imports (key, imported_at, series) values ('a', 1, 1), ('a', 1, 1)",
        "selec",
      ]) {
        expect(isTransient(await catchFailure(Promise.resolve(knex.raw(sql)))), sql).to.equal(false);
      }
      for (const error of [undefined, null, "SQLITE_BUSY", { code: "SQLITE_BUSY" }, new Error("no")]) {
        expect(isTransient(error)).to.equal(false);
      }
    });
  });
}

describe("store, failures that pass: SQLite", () => {
  const [sqlite] = databases;
  if (sqlite === undefined) throw new Error("SQLite is always there");
  const box = sandbox(sqlite);

  it("another process holds the lock: it fails at once, without blocking the event loop for long", async () => {
    const url = await box.url();
    const store = await box.store({ url });
    await store.record(toEntries([green]));
    const lock = lockDatabase(url.slice("sqlite:".length));
    let error = await catchFailure(store.record(toEntries([red])));

    const again = () => measureMillis(async () => (error = await catchFailure(store.record(toEntries([red])))));
    expect(await measureShortest(1000, again)).to.be.below(1000);
    expect([error.code, store.isTransient(error)]).to.deep.equal(["SQLITE_BUSY", true]);
    expect((await store.snapshot()).rollups, "readers do not wait for a writer").to.not.be.empty;
    lock.release();
    expect(await store.record(toEntries([red]))).to.deep.equal(["accepted"]);
  });

  it("the disk is full: what was there stays, and it goes on once there is room", async () => {
    const store = await box.store();
    await store.record(toEntries([green]));
    const before = await tables(store);
    await rows(store, `pragma max_page_count = ${(await pragma(store, "page_count")) + 5}`);
    const content = { headers: "{}", body: "x".repeat(200_000) };
    const batch = [entry("small", [red]), entry("large", [], { outcome: "dead_letter", content })];

    const error = await catchFailure(store.record(batch));

    expect([error.code, store.isTransient(error)]).to.deep.equal(["SQLITE_FULL", true]);
    expect(await tables(store)).to.deep.equal(before);
    expect(await store.record(toEntries([red])), "what fits is still taken").to.deep.equal(["accepted"]);
    await rows(store, "pragma max_page_count = 1000000");
    expect(await store.record(batch)).to.deep.equal(["accepted", "dead_letter"]);
    expect(await totals(store)).to.include({ [redSeries]: 1 });
    expect(await rows(store, "pragma integrity_check")).to.deep.equal([{ integrity_check: "ok" }]);
  });

  it("nothing may be written for a while", async () => {
    const store = await box.store();
    await rows(store, "pragma query_only = on");

    const error = await catchFailure(store.record(toEntries([green])));

    expect([error.code, store.isTransient(error)]).to.deep.equal(["SQLITE_READONLY", true]);
    await rows(store, "pragma query_only = off");
    expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
  });
});
