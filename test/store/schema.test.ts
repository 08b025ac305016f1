import { expect } from "chai";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { connect } from "../../src/core/store/db/connect.ts";
import { ofRun } from "../support/model/observations.ts";
import { readSchema, tableNames } from "../support/database/schema.ts";
import { toEntries, rows } from "../support/database/tables.ts";

const [sqlite, postgres] = databases;
if (sqlite === undefined || postgres === undefined) throw new Error("both engines have suites");
const engines = { sqlite, postgres };

/** What the two engines call a constraint or an index that was given no name. */
const generated = /_(pkey|key|fkey|idx|check|excl)\d*$/;

describe("schema: PostgreSQL's catalog", () => {
  const box = sandbox(engines.postgres);

  it("says of every table, view and column what it holds", async () => {
    const { connection } = await box.store();
    const { columns = [], relations = [] } = await readSchema(connection);
    const tables = await tableNames(connection);

    const described = relations.filter(({ kind }) => kind === "r" || kind === "v");
    const silent = [...described, ...columns.filter(({ relname }) => tables.includes(String(relname)))]
      .filter(({ comment }) => typeof comment !== "string" || comment.length < 4)
      .map(({ relname, attname = "" }) => `${String(relname)}.${String(attname)}`);

    expect(described).to.have.length.above(5);
    expect(columns).to.have.length.above(80);
    expect(silent).to.deep.equal([]);
  });

  it("has names of our own for every index and constraint, but for keys that only count", async () => {
    const { connection } = await box.store();
    const { relations = [], constraints = [] } = await readSchema(connection);

    const indexes = relations.filter(({ kind }) => kind === "i").map(({ relname }) => String(relname));
    const counting = (await tableNames(connection)).map((table) => `${table}_pkey`);
    const names = [...indexes, ...constraints.map(({ conname }) => String(conname))];

    expect(indexes).to.have.length.above(8);
    expect(names.filter((name) => generated.test(name) && !counting.includes(name))).to.deep.equal([]);
    for (const { relname, conname, definition } of constraints) {
      if (generated.test(String(conname))) expect(definition, String(relname)).to.equal("PRIMARY KEY (id)");
    }
  });

  it("counts in 64 bits, and keeps times and sizes in types that hold them", async () => {
    const { connection } = await box.store();
    const { columns = [] } = await readSchema(connection);
    const tables = await tableNames(connection);
    const types = new Map(columns.map(({ relname, attname, type }) => [`${String(relname)}.${String(attname)}`, type]));

    // The views show what an older tool's tables showed, in its types.
    for (const name of types.keys()) if (!tables.includes(name.split(".")[0] ?? "")) types.delete(name);
    const moments = [...types].filter(([name]) => name.endsWith("_at"));
    expect(moments).to.have.length.above(10);
    for (const [name, type] of moments) expect(type, name).to.equal("bigint");
    for (const [name, type] of types) {
      if (name.endsWith("_seconds")) expect(type, name).to.equal("double precision");
      if (/^rollups\.(count|sum_millis|bucket_\d+)$|\.id$|\.run_id$/.test(name))
        expect(type, name).to.match(/^(bigint|numeric)$/);
      expect(type, name).to.not.match(/^character varying|^timestamp with/);
    }
  });
});

describe("schema: SQLite", () => {
  const box = sandbox(engines.sqlite);

  it("has names of our own for every index, but for those that are the table itself", async () => {
    const { connection } = await box.store();
    const { objects = [] } = await readSchema(connection);

    const indexes = objects.filter(({ type }) => type === "index");
    expect(indexes).to.have.length.above(6);
    for (const { name, tbl_name } of indexes) expect(String(name)).to.match(new RegExp(`^${String(tbl_name)}_`));
    const primary = objects.filter(({ type, sql }) => type === "table" && / primary key \(/.test(String(sql)));
    expect(primary).to.have.length.above(3);
    for (const { name, sql } of primary) {
      expect(String(sql), String(name)).to.match(/constraint \w+ primary key/);
    }
  });

  it("flushes every commit, writes ahead and enforces references, on a new file and on an old one", async () => {
    const url = await box.url("empty");

    for (const state of ["new", "old"]) {
      const store = await box.store({ url });
      await store.record(toEntries([ofRun(state, "success", { clock: 70 })]));
      const pragma = async (name: string) => Object.values((await rows(store, `pragma ${name}`))[0] ?? {})[0];

      expect(await pragma("synchronous"), "FULL").to.equal(2);
      expect(await pragma("journal_mode")).to.equal("wal");
      expect(await pragma("foreign_keys")).to.equal(1);
      expect(await pragma("busy_timeout")).to.be.within(0, 100);
      expect(await pragma("auto_vacuum"), "incremental").to.equal(2);
      await store.close();
    }
  });

  it("is prepared the same way on every connection", async () => {
    const url = await box.url();
    const { knex } = connect(url, noLog);

    const [synchronous] = await knex.raw<{ synchronous: number }[]>("pragma synchronous");

    expect(synchronous).to.deep.equal({ synchronous: 2 });
    await knex.destroy();
  });
});
