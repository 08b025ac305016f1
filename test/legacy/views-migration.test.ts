import { expect } from "chai";
import { connect } from "../../src/core/store/db/connect.ts";
import { openStore } from "../../src/core/store/index.ts";
import { migrationConfig } from "../../src/core/store/db/migrate.ts";
import { databases, noLog, now, sandbox } from "../support/database/databases.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { openWithViews, view } from "./saved.ts";

const migration = { ...migrationConfig, name: "20261121000200_create_collector_views.js" };
const views = ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"];

for (const database of databases) {
  describe(`the migration that makes the old collector's tables: ${database.name}`, () => {
    const box = sandbox(database);
    const open = openWithViews(box.store);

    it("goes down and up again, and numbers the runs that are there", async () => {
      const store = await open();
      const { knex } = store.connection;
      const over = (id: string, source: string, provider: string) =>
        ofRun(id, "success", { clock: 70, queued: 0, started: 10, source, provider });
      const runs = [
        over("7", "gitlab", "gitlab"),
        over("7", "lab", "gitlab"),
        over("uid", "tekton", "tekton"),
        over("9007199254740993", "hub", "github"),
        over("007", "hub", "github"),
        over("uuid", "run-counter", "run-counter"),
      ];
      for (const observation of runs) await store.record(toEntries([observation]));
      const before = await view(store, "metrics_pipeline");
      expect(before).to.have.length(5);

      await knex.migrate.down(migration);
      for (const name of [...views, "legacy_runs", "legacy_jobs"])
        expect(await knex.schema.hasTable(name), name).to.be.false;
      expect(await rows(store, "select id from runs")).to.have.length(runs.length);
      await knex.migrate.up(migration);

      expect(await view(store, "metrics_pipeline")).to.deep.equal(before);
    });

    it("leaves a database alone that has the old collector's own tables, and says what to do", async () => {
      const old = await box.url("empty");
      const connection = connect(old, noLog);
      await connection.knex.raw("create table metrics_pipeline (id integer primary key, pipeline_id integer)");
      await connection.knex.raw("insert into metrics_pipeline values (1, 2)");
      const warnings: string[] = [];
      const log = { ...noLog, warn: (message: string) => void warnings.push(message) };

      const refused = await openStore({ url: old, log, clock: () => now, seriesMax: 10 }).then(
        () => undefined,
        (error: unknown) => error as Error,
      );

      expect(refused).to.have.property("code", "config");
      expect(refused?.message).to.include("metrics_pipeline exists already").and.include("pipegauge import --from");
      expect(await connection.knex("metrics_pipeline").select()).to.deep.equal([{ id: 1, pipeline_id: 2 }]);
      expect(await connection.knex.schema.hasTable("runs")).to.be.false;
      await connection.knex.destroy();
    });
  });
}

const postgres = databases.filter(({ engine }) => engine === "postgres");
for (const database of postgres) {
  describe(`the old collector's tables as PostgreSQL describes them`, () => {
    const { store: open } = sandbox(database);

    it("says what every table, column and view is for", async () => {
      const store = await open();
      const missing = await rows(
        store,
        `select c.relname || '.' || a.attname as what from pg_class as c join pg_attribute as a on a.attrelid = c.oid
         where c.relname in ('legacy_runs', 'legacy_jobs') and a.attnum > 0 and col_description(c.oid, a.attnum) is null
         union all
         select relname from pg_class where relname in ('legacy_runs', 'legacy_jobs', ${views.map((name) => `'${name}'`).join(", ")})
           and obj_description(oid, 'pg_class') is null`,
      );

      expect(missing).to.deep.equal([]);
    });

    it("has the types of the old tables", async () => {
      const store = await open();
      const columns = await rows(
        store,
        "select column_name, data_type from information_schema.columns where table_name = 'metrics_pipeline' order by ordinal_position",
      );

      expect(columns.map((row) => `${String(row["column_name"])} ${String(row["data_type"])}`)).to.deep.equal([
        "id bigint",
        "pipeline_id bigint",
        "project text",
        "duration integer",
        "duration_e2e integer",
        "created_at timestamp without time zone",
        "is_master boolean",
        "has_restarts boolean",
      ]);
    });
  });
}
