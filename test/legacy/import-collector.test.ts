import { expect } from "chai";
import { importCollector } from "../../src/commands/import/import-collector.ts";
import { defaultTaskRules } from "../../src/core/task-type.ts";
import { unlimitedBudget } from "../../src/core/series-budget.ts";
import { connect } from "../../src/core/store/db/connect.ts";
import { again, over, pipelineHook } from "../support/payloads/gitlab.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { fillOldCollector, oldSchema } from "./old-collector.ts";
import { counts, saved, fromWebhook, view } from "./saved.ts";

const quiet = { ...noLog };
const createdAt = Date.UTC(2026, 10, 20, 10, 0, 0, 500);
const none = { duration_e2e: null, duration_up: null, duration_up_without_pull: null, duration_pull: null };

for (const origin of databases) {
  for (const target of databases) {
    describe(`pipegauge import: from ${origin.name} to ${target.name}`, () => {
      const { url: originUrl } = sandbox(origin);
      const { url: targetUrl, store: open } = sandbox(target);

      /** An old database; a PostgreSQL server may keep its times in any zone. */
      async function oldDatabase(): Promise<string> {
        const url = await originUrl("empty");
        const { knex } = connect(url, noLog);
        for (const sql of oldSchema(origin.engine)) await knex.raw(sql);
        if (origin.engine === "postgres") {
          await knex.raw(`alter database "${new URL(url).pathname.slice(1)}" set timezone = 'Asia/Novosibirsk'`);
          await knex.raw("set timezone = 'Asia/Novosibirsk'");
          await fillOldCollector(knex, (iso) => knex.raw("?::timestamptz", [iso]));
        } else await fillOldCollector(knex, (iso) => new Date(iso).toISOString().replace("T", " ").replace("Z", "000"));
        await knex.destroy();
        return url;
      }

      const importInto = (databaseUrl: string, from: string, progress?: (done: number, all: number) => void) =>
        importCollector({ ...unlimitedBudget, databaseUrl, taskRules: defaultTaskRules }, quiet, from, progress);

      it("takes over what was stored, and nothing the second time", async () => {
        const from = await oldDatabase();
        const databaseUrl = await targetUrl();
        const steps: string[] = [];

        const first = await importInto(databaseUrl, from, (done, all) => steps.push(`${done}/${all}`));
        const store = await open({ url: databaseUrl });
        const counted = await counts(store);
        const second = await importInto(databaseUrl, from);

        expect(steps).to.deep.equal(["5/5"]);
        expect([...first.outcomes]).to.deep.equal([["accepted", 2]]);
        expect([...second.outcomes]).to.deep.equal([["duplicate", 2]]);
        const reasons = [
          ["it has no project", 1],
          ["it has no pipeline_id", 1],
          ["it has no created_at", 1],
        ];
        for (const { leftOut } of [first, second]) expect([...leftOut]).to.deep.equal(reasons);
        expect(await counts(store)).to.deep.equal(counted);
        expect(counted).to.include({ "cicd_pipeline_runs_total success": 2, "cicd_job_runs_total failure": 1 });
        expect(await view(store, "metrics_pipeline")).to.deep.equal([
          {
            pipeline_id: 9,
            project: "team/shop",
            duration: null,
            duration_e2e: null,
            created_at: createdAt,
            is_master: false,
            has_restarts: false,
          },
          {
            pipeline_id: 700,
            project: "team/shop",
            duration: 190,
            duration_e2e: 41,
            created_at: createdAt,
            is_master: true,
            has_restarts: true,
          },
        ]);
        expect(await view(store, "metrics_build")).to.deep.equal([
          { pipeline_id: 700, name: "build-api", duration: null },
          { pipeline_id: 700, name: "build-e2e", duration: 64 },
        ]);
        expect(await view(store, "metrics_job")).to.deep.equal([
          { pipeline_id: 700, name: "api", duration: 5, ...none },
          {
            pipeline_id: 700,
            name: "e2e",
            duration: 40,
            duration_up: 35,
            duration_e2e: 6,
            duration_pull: 25,
            duration_up_without_pull: 10,
          },
        ]);
        expect(await view(store, "metrics_job_failed")).to.deep.equal([
          { pipeline_id: 700, name: "e2e", duration: 12 },
        ]);
      });

      it("joins saved pipelines with those of webhooks, before and after", async () => {
        const from = await oldDatabase();
        const databaseUrl = await targetUrl();
        const store = await open({ url: databaseUrl });
        const hook = fromWebhook(pipelineHook("success", [{ ...again, name: "e2e" }], over("10:25", 300)));
        await store.record([hook, saved({ pipeline_id: 9 })]);

        const { outcomes } = await importInto(databaseUrl, from);

        expect(Object.fromEntries(outcomes)).to.deep.equal({ accepted: 1, duplicate: 1 });
        expect(await counts(store)).to.include({ "cicd_pipeline_runs_total success": 2 });
        const [, row] = await view(store, "metrics_pipeline");
        expect(row).to.include({ pipeline_id: 700, duration: 300, duration_e2e: 41, has_restarts: true });
      });

      it("takes over more than fits a page", async function () {
        this.timeout(60_000);
        const from = await oldDatabase();
        const { knex } = connect(from, noLog);
        const more = Array.from({ length: 1200 }, (_, i) => ({
          pipeline_id: 1000 + i,
          project: "big",
          created_at: "2026-11-01 10:00:00",
          has_restarts: false,
        }));
        await knex.batchInsert("metrics_pipeline", more, 100);
        await knex.batchInsert(
          "metrics_job",
          more.map(({ pipeline_id: id }) => ({ pipeline_id: id, name: "e2e", duration: id })),
          100,
        );
        await knex.destroy();
        const databaseUrl = await targetUrl();
        const steps: number[] = [];

        await importInto(databaseUrl, from, (done) => steps.push(done));

        expect(steps).to.deep.equal([500, 1000, 1205]);
        const jobs = await view(await open({ url: databaseUrl }), "metrics_job");
        expect(jobs.filter(({ pipeline_id: id, duration }) => id === duration)).to.have.length(1200);
      });
    });
  }
}
