// @ts-check

/**
 * What `pipegauge rebuild` needs to prove totals that no completion stands for, and where commands that take many
 * transactions note how far they are.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("tallies", (table) => {
    table.comment("What a run added to series besides its completions: restarts, its recovery, retries of its jobs.");
    table.bigInteger("run_id").notNullable().comment("runs.id");
    table.bigInteger("rollup_id").notNullable().comment("rollups.id of the series");
    table.bigInteger("count").notNullable().comment("How much of the series is this run's");
    table.primary(["run_id", "rollup_id"], "tallies_primary");
    table.foreign("run_id", "tallies_run_id_foreign").references("runs.id").onDelete("CASCADE");
  });
  await knex.schema.alterTable("run_completions", (table) => {
    const late = "where the completion was counted before its";
    table.bigInteger("duration_rollup_id").comment(`rollups.id of the histogram, ${late} duration was known`);
    table.bigInteger("queue_rollup_id").comment(`rollups.id of the histogram, ${late} queue time was known`);
  });
  await knex.schema.createTable("maintenance", (table) => {
    table.comment("How far commands are that take many transactions, so that they can be ended and begun again.");
    table.text("key").notNullable().comment("The command: copy or rebuild");
    table.text("state").notNullable().comment("The command's own notes");
    table.primary(["key"], "maintenance_primary");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("maintenance");
  await knex.raw("alter table run_completions drop column queue_rollup_id");
  await knex.raw("alter table run_completions drop column duration_rollup_id");
  await knex.schema.dropTable("tallies");
}
