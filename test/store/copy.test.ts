import { expect } from "chai";
import { connect } from "../../src/core/store/db/connect.ts";
import { copyTables } from "../../src/core/store/maintenance/copy-tables.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun } from "../support/model/observations.ts";
import { tableNames } from "../support/database/schema.ts";
import { toEntries, tables } from "../support/database/tables.ts";
import { copying } from "./copying.ts";

for (const database of databases) {
  describe(`store, copy: ${database.name}`, () => {
    const box = sandbox(database);

    it("takes over every table and every column there is", async () => {
      const { connection } = await box.store();
      const catalog: Record<string, string[]> = {};
      for (const table of await tableNames(connection)) {
        if (table === "maintenance") continue;
        catalog[table] = Object.keys(await connection.knex(table).columnInfo()).toSorted();
      }

      const copied = copyTables.map(({ table, columns }) => [table, columns.toSorted()]);
      expect(Object.fromEntries(copied)).to.deep.equal(catalog);
    });

    it("refuses a target that holds anything, and leaves it as it was", async () => {
      const urls = [await box.url(), await box.url()] as const;
      const [from, to] = [await box.store({ url: urls[0] }), await box.store({ url: urls[1] })];
      await from.record(toEntries([ofRun("1", "success", { clock: 70 })]));
      await to.record(toEntries([ofRun("2", "success", { clock: 70 })]));
      const before = await tables(to);

      const error = await catchFailure(copying(...urls));

      expect(error).to.include({ code: "config" });
      expect(error.message).to.match(/^the target is not empty: its table rollups holds rows/);
      expect(await tables(to)).to.deep.equal(before);
    });

    it("refuses databases of another version, on either side, and those of other programs", async () => {
      const aged = async (sql: string) => {
        const url = await box.url();
        const { knex } = connect(url, noLog);
        await knex.raw(sql);
        await knex.destroy();
        return url;
      };
      const newer = () =>
        aged("insert into knex_migrations (name, batch, migration_time) values ('29990101000000_later.js', 2, null)");
      const older = () => aged("delete from knex_migrations where name = (select max(name) from knex_migrations)");
      const foreign = async () => {
        const url = await box.url("empty");
        const { knex } = connect(url, noLog);
        await knex.raw("create table somebody (id integer)");
        await knex.destroy();
        return url;
      };
      const current = await box.url();
      const empty = await box.url("empty");

      const messages = [];
      for (const [from, to] of [
        [await newer(), empty],
        [current, await newer()],
        [await older(), empty],
        [current, await older()],
        [await foreign(), current],
      ] as const) {
        const { code, message } = await catchFailure(copying(from, to));
        messages.push([code, message.replace(/ (sqlite|postgres):\S+/, "").split(":")[0]]);
      }

      expect(messages).to.deep.equal([
        ["schema", "--from is of a newer version of Pipegauge"],
        ["schema", "--to is of a newer version of Pipegauge"],
        ["schema", "--from is of an older version of Pipegauge"],
        ["schema", "--to is of an older version of Pipegauge"],
        ["config", "--from is no database of Pipegauge"],
      ]);
    });
  });
}
