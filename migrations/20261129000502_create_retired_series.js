// @ts-check

/**
 * Which series were retired: completions and tallies go on naming their ids, and must not be taken for damage.
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
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("retired_series");
}
