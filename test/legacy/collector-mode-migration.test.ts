import { expect } from "chai";
import { migrationConfig } from "../../src/core/store/db/migrate.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { saved, view } from "./saved.ts";

const migration = { ...migrationConfig, name: "20261129000900_create_legacy_tools.js" };

const over = (id: string, source: string, provider = "gitlab") =>
  ofRun(id, "success", { clock: 70, queued: 0, started: 10, source, provider });

const runs = [
  over("7", "gitlab"),
  over("7", "lab"),
  over("uid", "tekton", "tekton"),
  over("9007199254740993", "hub", "github"),
  over("007", "hub", "github"),
  over("uuid", "run-counter", "run-counter"),
];

for (const database of databases) {
  describe(`the migration that says whether the old collector's tables are in use: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    it("leaves them in use where a pipeline was saved, whether GitLab sends webhooks about it or not", async () => {
      for (const batch of [[saved()], [...toEntries([over("700", "gitlab")]), saved({ project: "shop/cart" })]]) {
        const store = await open();
        const { knex } = store.connection;
        await store.record(batch);
        await store.record(toEntries(runs));
        const before = await view(store, "metrics_pipeline");

        await knex.migrate.down(migration);
        await knex.migrate.up(migration);

        expect(await rows(store, "select tool, number_after, number_to from legacy_tools")).to.deep.equal([
          { tool: "pipeline-collector", number_after: 0, number_to: 0 },
        ]);
        expect(await view(store, "metrics_pipeline")).to.deep.equal(before);
        await store.record(toEntries([over("8", "gitlab")]));
        expect(await view(store, "metrics_pipeline")).to.have.length(before.length + 1);
      }
    });

    it("leaves them out of use where none was, keeps the numbers that are there, and gives them back going down", async () => {
      const store = await open();
      const { knex } = store.connection;
      for (const observation of runs) await store.record(toEntries([observation]));
      expect(await view(store, "metrics_pipeline")).to.deep.equal([]);

      await knex.migrate.down(migration);

      const found = await rows(
        store,
        "select l.pipeline_id, r.native_id, r.id from legacy_runs l join runs r on r.id = l.run_id",
      );
      const numbers = found.map(({ pipeline_id: number, native_id: native, id }) => [
        native,
        Number(number) === -Number(id) ? "-id" : Number(number),
      ]);
      expect(numbers).to.have.deep.members([
        ["7", 7],
        ["7", "-id"],
        ["uid", "-id"],
        ["9007199254740993", "-id"],
        ["007", "-id"],
      ]);
      await knex.migrate.up(migration);
      expect(await rows(store, "select * from legacy_tools")).to.deep.equal([]);
      await store.record(toEntries([over("8", "gitlab")]));
      expect(await view(store, "metrics_pipeline")).to.have.length(5);
      await knex.migrate.down(migration);
      expect(await view(store, "metrics_pipeline")).to.have.length(6);
      await knex.migrate.up(migration);
    });
  });
}
