// @ts-check

/**
 * For a project's share of the series: which of them were retired (completions and tallies go on naming their ids, and must
 * not be taken for damage), and an index to count those of one project, whose labels begin alike, whatever language
 * PostgreSQL sorts by. SQLite compares texts byte by byte anyway, so the index of unique series serves there.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("retired_series", (table) => {
    table.comment("Series that `pipegauge retire` deleted from rollups. Their ids are never given again.");
    table.bigInteger("rollup_id").notNullable().comment("rollups.id that the series had");
    table.text("metric").notNullable().comment("Key of the metric, see src/core/rollup.ts");
    table.text("labels").notNullable().comment("JSON array of label values, in the order of the metric's labels");
    table.bigInteger("retired_at").notNullable().comment("Epoch milliseconds, UTC");
    table.primary(["rollup_id"], "retired_series_primary");
  });
  if (!isSqlite(knex))
    await knex.raw('create index rollups_metric_labels_index on rollups (metric, labels collate "C")');
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  if (!isSqlite(knex)) await knex.raw("drop index rollups_metric_labels_index");
  await knex.schema.dropTable("retired_series");
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
