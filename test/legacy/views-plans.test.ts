import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { expandedPanels, from } from "./panels.ts";

const runs = 5000;

/** Many runs of twenty projects over half a year, each with four jobs. */
async function fill(store: TestStore): Promise<void> {
  const { knex, engine } = store.connection;
  const numbers =
    engine === "postgres"
      ? `generate_series(1::bigint, ${runs}) as n(i)`
      : `(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${runs}) select i from n) as n`;
  const created = `${from - 80 * 86_400_000} + i * 3600000`;
  const yes = engine === "postgres" ? "true" : "1";
  await knex.raw(`
    insert into runs (source, native_id, provider, project, ref, default_branch, state, result, queued_at, started_at,
      finished_at, duration_seconds, version_epoch, version_clock, version_rank, first_seen_at)
    select 'gitlab', cast(i as text), 'gitlab', 'team/' || (i % 20), 'main', ${yes}, 'finished', 'success', ${created},
      ${created}, ${created} + 300000, 300, 1, 1, 1, ${created} from ${numbers}`);
  await knex.raw("insert into legacy_runs (run_id, pipeline_id) select id, cast(native_id as bigint) from runs");
  for (const [i, type] of ["build", "test", "test", "deploy"].entries()) {
    await knex.raw(`
      insert into jobs (run_id, native_id, name, task_type, state, result, started_at, finished_at, duration_seconds,
        version_epoch, version_clock, version_rank)
      select id, cast(id * 10 + ${i} as text), 'job ${i}', '${type}', 'finished', 'success', queued_at + 1000,
        queued_at + 61000, 60, 0, 0, 0 from runs`);
  }
  await knex.raw("analyze");
}

/** How the database goes about it: a line for each table that it reads. */
async function plan(store: TestStore, sql: string): Promise<string[]> {
  if (store.connection.engine === "sqlite") {
    const steps = (await rows(store, `explain query plan ${sql}`)).map(({ detail }) => String(detail));
    return steps.filter((step) => /^(SCAN|SEARCH|MATERIALIZE)/.test(step));
  }
  const lines = (await rows(store, `explain ${sql}`)).map((row) => String(row["QUERY PLAN"]));
  return lines.filter((line) => line.includes(" on ")).map((line) => line.replace(/^[ ->]*/, ""));
}

const details: readonly string[] = ["metrics_build", "metrics_job", "metrics_job_failed"].map(
  (name) =>
    `select d.* from metrics_pipeline mp join ${name} d on d.pipeline_id = mp.pipeline_id
     where mp.project = 'team/3' and mp.created_at between '2026-11-01 00:00:00' and '2026-11-03 00:00:00'`,
);

for (const database of databases) {
  describe(`what the old collector's tables cost: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    it("no panel and no join reads more than the runs of its project and time", async function () {
      this.timeout(60_000);
      const store = await open();
      await fill(store);

      for (const sql of [...expandedPanels(database.engine, "team/3"), ...details]) {
        const steps = await plan(store, sql);
        // SQLite calls a table by its alias, and these are single letters; PostgreSQL may well read all of one that is empty.
        const whole = steps.filter((step) =>
          /^(SCAN [a-z]\b|MATERIALIZE|Seq Scan on (runs|jobs|legacy_runs))/.test(step),
        );
        expect(whole, `${sql}\n${steps.join("\n")}`).to.deep.equal([]);
        expect(steps.join("\n"), sql).to.include("runs_project_created_index");
      }
    });

    it("a pipeline's rows are found by its number", async function () {
      this.timeout(60_000);
      const store = await open();
      await fill(store);

      for (const name of ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"]) {
        const steps = await plan(store, `select * from ${name} where pipeline_id = 77`);
        expect(steps.join("\n"), name).to.include("legacy_runs_pipeline_id_unique");
      }
    });
  });
}
