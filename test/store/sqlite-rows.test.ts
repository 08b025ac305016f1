import { expect } from "chai";
import { join } from "node:path";
import { connect, type Connection } from "../../src/core/store/db/connect.ts";
import { inTransaction } from "../../src/core/store/db/in-transaction.ts";
import { freshFolder } from "../support/folder.ts";
import { noLog } from "../support/database/databases.ts";

describe("rows of a transaction on SQLite", () => {
  const select = "select * from shelf order by id";

  const folder = freshFolder();
  let connection: Connection;
  afterEach("disconnect", () => connection.knex.destroy());

  beforeEach("connect", async () => {
    connection = connect("sqlite::memory:", noLog);
    await connection.knex.raw("create table shelf (id integer, label text)");
    await connection.knex.raw("insert into shelf values (1, 'one'), (2, null)");
  });

  it("are objects by column, as they are outside a transaction", async () => {
    const expected = [
      { id: 1, label: "one" },
      { id: 2, label: null },
    ];
    for (let i = 0; i < 2; i++) {
      expect(await inTransaction(connection, (trx) => trx.query(select))).to.deep.equal(expected);
      expect(await connection.knex.raw(select)).to.deep.equal(expected);
    }
    expect(await inTransaction(connection, (trx) => trx.query("select * from shelf where id = ?", [3]))).to.deep.equal(
      [],
    );
  });

  it("have the column that a newer version added after the first call", async () => {
    await inTransaction(connection, (trx) => trx.query(select));
    await connection.knex.raw("alter table shelf add column width integer default 7");
    expect(await inTransaction(connection, (trx) => trx.query(select))).to.deep.equal([
      { id: 1, label: "one", width: 7 },
      { id: 2, label: null, width: 7 },
    ]);
  });

  it("have the columns of now where a newer version replaced one, in another process", async () => {
    const file = join(folder(), "shelf.db");
    const [here, there] = [connect(`sqlite:${file}`, noLog), connect(`sqlite:${file}`, noLog)];
    try {
      await here.knex.raw("create table shelf (id integer, label text)");
      await here.knex.raw("insert into shelf values (1, 'one')");
      const read = () => inTransaction(here, (trx) => trx.query(select));
      expect(await read()).to.deep.equal([{ id: 1, label: "one" }]);
      await there.knex.raw("alter table shelf drop column label");
      await there.knex.raw("alter table shelf add column width integer default 7");
      expect(await read()).to.deep.equal([{ id: 1, width: 7 }]);
    } finally {
      await Promise.all([here.knex.destroy(), there.knex.destroy()]);
    }
  });

  it("are objects outside a transaction also after a statement that failed in one", async () => {
    const failing = "select abs(cast(? as integer)) as n, id from shelf";
    const error = await inTransaction(connection, (trx) => trx.query(failing, ["-9223372036854775808"])).catch(
      (e: unknown) => e,
    );
    expect(String(error)).to.contain("integer overflow");
    expect(await connection.knex.raw(failing, [-1])).to.deep.equal([
      { n: 1, id: 1 },
      { n: 1, id: 2 },
    ]);
  });
});
