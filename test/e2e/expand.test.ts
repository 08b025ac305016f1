import { expect } from "chai";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { connect } from "../../src/core/store/db/connect.ts";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { migrationConfig } from "../../src/core/store/db/migrate.ts";
import { isTransient } from "../../src/core/store/db/transient-errors.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const later = "29990101000000_expand.js";

/** What a later version may do while this one runs: new columns, tables, indexes and defaults, and nothing taken away. */
const expansion = `
  export async function up(knex) {
    for (const table of ["runs", "jobs", "run_completions", "job_completions", "rollups", "deliveries"]) {
      await knex.schema.alterTable(table, (t) => {
        t.text("later_text");
        t.bigInteger("later_count").notNullable().defaultTo(7);
      });
      await knex.raw("create index " + table + "_later_index on " + table + " (later_text)");
    }
    await knex.schema.createTable("later", (t) => {
      t.bigIncrements("id", { primaryKey: true });
      t.bigInteger("run_id").notNullable();
    });
    await knex.raw("insert into later (run_id) select id from runs");
  }
  export async function down() {}
`;

for (const database of databases) {
  describe(`an older server while a newer version migrates: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);
    const start = testServers();
    let folder = "";
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "pipegauge-expand-"));
      cpSync(migrationConfig.directory, join(folder, "migrations"), { recursive: true });
      writeFileSync(join(folder, "migrations", later), expansion);
      writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    /** What `migrate` of the later version does. */
    async function migrateLater(url: string): Promise<void> {
      // A deadlock with a delivery is what it is tried again for; Knex warns of it.
      const { knex, engine } = connect(url, { warn: () => undefined, error: () => undefined });
      const lock = engine === "sqlite" ? "pragma user_version = 1" : "select pg_advisory_xact_lock(7310000)";
      const attempt = () =>
        knex.transaction(async (trx) => {
          await trx.raw(lock);
          const [, applied] = (await trx.migrate.latest({
            ...migrationConfig,
            directory: join(folder, "migrations"),
          })) as [number, string[]];
          expect(applied.map((name) => name.split("/").at(-1))).to.deep.equal([later]);
          return true;
        });
      const busy = (error: unknown) => {
        if (isTransient(error)) return false;
        throw error;
      };
      await until(() => attempt().catch(busy), "the migration");
      await knex.destroy();
    }

    it("goes on taking and counting deliveries; a start on the newer schema is refused", async () => {
      const url = await box.url();
      const server = await start({ databaseUrl: url, tuning: { thread: true } });
      const statuses: number[] = [];
      const end = new AbortController();
      let next = 1;
      const send = async () => {
        while (!end.signal.aborted) {
          const id = next++;
          const begun = pipelineHook("running", [{ ...unit, id, status: "running" }], { id });
          const ended = pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
          for (const hook of [begun, ended, ended]) statuses.push((await server.deliver("gitlab", hook)).status);
        }
      };
      const counted = async () => (await server.scrape()).total("cicd_pipeline_runs_total");
      const senders = Promise.all(Array.from({ length: 4 }, send));
      try {
        await until(async () => (await counted()) > 20, "a load");

        await migrateLater(url);
        const atMigration = await counted();
        await until(async () => (await counted()) > atMigration + 50, "deliveries after the migration");
        end.abort();
        await senders;

        expect(statuses.filter((status) => status !== 202 && status !== 200)).to.deep.equal([]);
        expect(await counted()).to.equal(next - 1);
        expect(await server.request("/readyz")).to.have.property("status", 200);
      } finally {
        end.abort();
        await senders;
      }

      const refused = await catchFailure(box.store({ url }));
      expect(refused).to.include({ code: "schema" });
      expect(refused.message).to.include(`migrated by a newer version of Pipegauge (${later})`);
      const connection = connect(url, noLog);
      expect((await compareTotals(connection)).metrics.every(({ short, above }) => short + above === 0)).to.be.true;
      await connection.knex.destroy();
    });
  });
}
