// @ts-check

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await knex.schema.createTable("total_imports", (table) => {
    table.comment("Totals that another program had counted and that were added to rollups; each once.");
    table.text("key").notNullable().comment("What was imported, such as run-counter");
    table.bigInteger("imported_at").notNullable().comment("Epoch milliseconds, UTC");
    table.integer("series").notNullable().comment("How many series it added to");
    table.primary(["key"], "total_imports_primary");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("total_imports");
}
