// @ts-check

/**
 * Says whether the old pipeline collector's tables are in use: only then every delivery pays for them. They are where a
 * pipeline was saved. Servers of the version before go on numbering every run, so no run that is here is without a number.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("legacy_tools", (table) => {
    table.comment("Older tools whose tables are filled here; without a row nothing is written for them.");
    table.text("tool").notNullable().comment("The tool: pipeline-collector");
    table.bigInteger("turned_on_at").notNullable().comment("Epoch milliseconds, UTC");
    const unnumbered = "runs with a greater runs.id than number_after, up to number_to, may have no number yet";
    table.bigInteger("number_after").notNullable().comment(`For legacy_runs: ${unnumbered}`);
    table.bigInteger("number_to").notNullable().comment("The greatest runs.id when it was turned on");
    table.primary(["tool"], "legacy_tools_primary");
  });
  await knex.raw(
    `insert into legacy_tools (tool, turned_on_at, number_after, number_to)
     select 'pipeline-collector', cast(? as bigint), 0, 0
     where exists (select 1 from legacy_runs where saved_at is not null)
       or exists (select 1 from runs where source = 'pipeline-collector')`,
    [Date.now()],
  );
}

/**
 * The version before shows every run in the views, so those that have no number get one.
 * @param {import("knex").Knex} knex
 */
export async function down(knex) {
  await numberRuns(knex);
  await knex.schema.dropTable("legacy_tools");
}

/**
 * By the rule of src/core/store/legacy/number-runs.ts.
 * @param {import("knex").Knex} knex
 */
async function numberRuns(knex) {
  const number = isSqlite(knex)
    ? "case when native_id not glob '*[^0-9]*' and native_id glob '[1-9]*' and length(native_id) < 17 then cast(native_id as integer) end"
    : "case when native_id ~ '^[1-9][0-9]{0,15}$' then native_id::bigint end";
  await knex.raw(`
    insert into legacy_runs (run_id, pipeline_id)
    select id, case
      when number is null or number > ${Number.MAX_SAFE_INTEGER} or min(id) over (partition by number) < id
        or exists (select 1 from legacy_runs where pipeline_id = number) then -id
      else number
    end
    from (
      select id, ${number} as number from runs
      where provider not in ('run-counter', 'template-counter')
        and not exists (select 1 from legacy_runs where legacy_runs.run_id = runs.id)
    ) as unnumbered`);
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
