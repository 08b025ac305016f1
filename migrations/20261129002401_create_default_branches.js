// @ts-check

/**
 * What of each pipeline's default branch is counted: how often it broke, and how long it was red. It follows from the completions of
 * runs, which the new index finds by the series that counted them.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("default_branches", (table) => {
    table.comment(
      "Pipelines with runs on their default branch: what of those runs is counted besides the runs themselves.",
    );
    table
      .text("labels")
      .notNullable()
      .comment("JSON array: provider, project and pipeline, as in the labels of series");
    table.bigInteger("runs").notNullable().comment("Attempts that passed or failed when this row was written");
    table
      .bigInteger("events")
      .notNullable()
      .comment("The same, and those whose duration was known: it tells that something changed");
    table.bigInteger("newest_at").comment("End of the latest of them, epoch milliseconds, UTC");
    table
      .bigInteger("red_since")
      .comment("Since when it is red, epoch milliseconds, UTC; null: it is green, or unknown");
    table.bigInteger("breaks").notNullable().comment("Counted changes from green to red");
    table.bigInteger("red_millis").notNullable().comment("Counted milliseconds from a break to its recovery");
    table.bigInteger("marked_at").comment("Since when a recovery waits to be counted, epoch milliseconds, UTC");
    table.bigInteger("marked_newest").comment("newest_at of that moment: recoveries until then are counted next");
    table.bigInteger("breaks_rollup_id").notNullable().comment("rollups.id of the counter of breaks");
    table.bigInteger("red_rollup_id").notNullable().comment("rollups.id of the counter of red seconds");
    table.primary(["labels"], "default_branches_primary");
    table
      .foreign("breaks_rollup_id", "default_branches_breaks_rollup_id_foreign")
      .references("rollups.id")
      .onDelete("CASCADE");
  });
  await knex.schema.alterTable("run_completions", (table) => {
    table.index(["rollup_id", "finished_at"], "run_completions_rollup_index");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.alterTable("run_completions", (table) => {
    table.dropIndex(["rollup_id", "finished_at"], "run_completions_rollup_index");
  });
  await knex.schema.dropTable("default_branches");
}
