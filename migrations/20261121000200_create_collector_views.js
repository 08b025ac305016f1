// @ts-check

/**
 * The four tables of the old pipeline collector as views over the ledger, and what they show that the ledger has no place
 * for: the number of a pipeline, and the figures that came through `POST /save_metrics`. docs/migrating.md
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  for (const name of views) {
    // The old collector's own tables must not be mistaken for ours, nor be lost.
    if (await knex.schema.hasTable(name)) throw new Error(`${name} exists already: ${ownDatabase}`);
  }
  await createTables(knex);
  await numberExistingRuns(knex);
  const words = isSqlite(knex) ? sqlite : postgres;
  await knex.raw(`create index runs_project_created_index on runs (project, (${words.created("")}))`);
  for (const [name, sql] of Object.entries(viewsIn(words))) {
    await knex.raw(`create view ${name} as ${sql}`);
    if (!isSqlite(knex)) await knex.raw(`comment on view ${name} is '${comments[name]}'`);
  }
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  for (const name of views.toReversed()) await knex.schema.dropView(name);
  await knex.raw("drop index runs_project_created_index");
  await knex.schema.dropTable("legacy_jobs");
  await knex.schema.dropTable("legacy_runs");
}

const views = ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"];

const ownDatabase =
  "the old pipeline collector's tables are here. Give Pipegauge a database of its own, then run `pipegauge import --from <this one>`";

/** @type {Readonly<Record<string, string>>} */
const comments = {
  metrics_pipeline: "Runs that are over, and runs that were saved, in the columns of the old pipeline collector",
  metrics_build: "Build jobs of the runs in metrics_pipeline, the last attempt of each",
  metrics_job:
    "Test jobs of the runs in metrics_pipeline, the last attempt of each, with the steps measured inside them",
  metrics_job_failed: "Failed test jobs of the runs in metrics_pipeline, every attempt",
};

/** @param {import("knex").Knex} knex */
async function createTables(knex) {
  await knex.schema.createTable("legacy_runs", (table) => {
    table.comment("One row a run: its number in the tables of the old collector, and what was saved of it.");
    const id = isSqlite(knex) ? table.integer("run_id") : table.bigInteger("run_id");
    id.notNullable().comment("runs.id");
    table.bigInteger("pipeline_id").notNullable().comment("Native id where that is a free number, else -run_id");
    table.bigInteger("saved_at").comment("Epoch milliseconds; null where it was never saved");
    table.integer("duration").comment("As saved, whole seconds");
    table.integer("duration_e2e").comment("As saved, whole seconds");
    table.boolean("has_restarts").comment("As saved");
    table.primary(["run_id"], "legacy_runs_primary");
    table.foreign("run_id", "legacy_runs_run_id_foreign").references("runs.id").onDelete("CASCADE");
    table.unique(["pipeline_id"], { indexName: "legacy_runs_pipeline_id_unique" });
  });
  await knex.schema.createTable("legacy_jobs", (table) => {
    table.comment("Steps inside test jobs, as the sender of a saved pipeline measured them, whole seconds.");
    table.bigInteger("run_id").notNullable().comment("runs.id");
    table.integer("position").notNullable().comment("Place in the saved list, from 1");
    table
      .text("job")
      .comment("jobs.native_id that was saved with it; null: the job of that name that a webhook told of");
    table.text("name").notNullable().comment("The name of the job");
    table.integer("duration_e2e").comment("The tests themselves");
    table.integer("duration_up").comment("Starting what they need, with pulling it");
    table.integer("duration_up_without_pull").comment("Starting what they need");
    table.integer("duration_pull").comment("Pulling what they need");
    table.primary(["run_id", "position"], "legacy_jobs_primary");
    table.foreign("run_id", "legacy_jobs_run_id_foreign").references("runs.id").onDelete("CASCADE");
  });
}

/** @param {import("knex").Knex} knex */
async function numberExistingRuns(knex) {
  const number = isSqlite(knex)
    ? "case when native_id not glob '*[^0-9]*' and native_id glob '[1-9]*' and length(native_id) < 17 then cast(native_id as integer) end"
    : "case when native_id ~ '^[1-9][0-9]{0,15}$' then native_id::bigint end";
  await knex.raw(`
    insert into legacy_runs (run_id, pipeline_id)
    select id, case
      when number is null or number > ${Number.MAX_SAFE_INTEGER} or min(id) over (partition by number) < id then -id
      else number
    end
    from (select id, ${number} as number from runs where provider not in ('run-counter', 'template-counter')) as numbered`);
}

/**
 * What the two engines say differently.
 * @typedef {{
 *   readonly created: (run: string) => string;
 *   readonly whole: (seconds: string) => string;
 *   readonly integer: (value: string) => string;
 *   readonly binary: string;
 * }} Words
 */

/** Where runs live that were saved and that no webhook has told of; see src/core/collected.ts. */
const collector = "pipeline-collector";

/** @param {string} run */
const createdMillis = (run) => `coalesce(${run}queued_at, ${run}started_at, ${run}first_seen_at)`;

/** @type {Words} */
const sqlite = {
  created: (run) => `strftime('%Y-%m-%d %H:%M:%f', ${createdMillis(run)} / 1000.0, 'unixepoch')`,
  whole: (seconds) => `cast(${seconds} as integer)`,
  integer: (value) => value,
  binary: "",
};

/** @type {Words} */
const postgres = {
  created: (run) => `timestamp '1970-01-01' + ${createdMillis(run)} * interval '1 millisecond'`,
  whole: (seconds) => `trunc(${seconds})::integer`,
  integer: (value) => `(${value})::integer`,
  binary: ' collate "C"',
};

/** Runs that the old collector would have been told of: those that are over, and those it was told of. */
const shown = "((r.state = 'finished' and coalesce(r.result, '') <> 'skip') or l.saved_at is not null)";
const failed = "('failure', 'error', 'timeout')";
/** @param {string} job */
const began = (job) => `coalesce(${job}.started_at, ${job}.queued_at, ${job}.finished_at, 0)`;

/** @param {Words} words */
function viewsIn({ created, whole, integer, binary }) {
  const isLast = `not exists (
    select 1 from jobs as n where n.run_id = j.run_id and n.name = j.name and n.native_id <> j.native_id
      and (${began("n")}, n.native_id${binary}) > (${began("j")}, j.native_id${binary}))`;
  const id = `j.run_id * 1000000 + (select count(*) from jobs as i where i.run_id = j.run_id and i.native_id${binary} <= j.native_id${binary})`;
  const ran = `j.state = 'finished' and (j.duration_seconds is not null or r.source = '${collector}')`;
  const duration = `${whole("j.duration_seconds")} as duration`;
  const jobs = "from legacy_runs as l join runs as r on r.id = l.run_id join jobs as j on j.run_id = l.run_id";
  const isRepeated = `exists (
    select 1 from jobs as f where f.run_id = r.id and f.task_type = 'test' and (f.retries > 0 or (f.result in ${failed}
      and exists (select 1 from jobs as n where n.run_id = r.id and n.name = f.name and n.native_id <> f.native_id
        and ${began("n")} > ${began("f")}))))`;
  const spanned = `(
    select ${integer("case when max(t.finished_at) < min(t.started_at) then 0 else (max(t.finished_at) - min(t.started_at)) / 1000 end")}
    from jobs as t where t.run_id = r.id and t.task_type = 'test' and t.started_at is not null)`;
  return {
    metrics_pipeline: `
      select r.id, l.pipeline_id, r.project,
        coalesce(${whole("r.duration_seconds")}, l.duration) as duration,
        case when l.saved_at is not null then l.duration_e2e else ${spanned} end as duration_e2e,
        ${created("r.")} as created_at,
        coalesce(r.default_branch, r.ref = 'master', false) as is_master,
        coalesce(l.has_restarts, false)
          or (r.source <> '${collector}' and (r.restarts > 0 or ${isRepeated})) as has_restarts
      from runs as r join legacy_runs as l on l.run_id = r.id
      where ${shown}`,
    metrics_build: `
      select ${id} as id, l.pipeline_id, j.name, ${duration} ${jobs}
      where ${shown} and ${ran} and j.task_type = 'build' and (r.source = '${collector}' or ${isLast})`,
    metrics_job: `
      select ${id} as id, l.pipeline_id, j.name, c.duration_e2e, c.duration_up, c.duration_up_without_pull, c.duration_pull,
        ${duration}
      ${jobs} left join legacy_jobs as c
        on c.run_id = l.run_id and (c.job = j.native_id or (c.job is null and c.name = j.name))
      where ${shown} and ${ran} and (j.task_type = 'test' or c.run_id is not null)
        and (c.job is not null or (r.source <> '${collector}' and ${isLast}))`,
    metrics_job_failed: `
      select ${id} as id, l.pipeline_id, j.name, ${duration} ${jobs}
      where ${shown} and ${ran} and j.result in ${failed} and (j.task_type = 'test'
        or exists (select 1 from legacy_jobs as c where c.run_id = l.run_id and c.name = j.name))`,
  };
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
