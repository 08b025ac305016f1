// @ts-check

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable("runs", (table) => {
    table
      .text("executions")
      .comment("JSON: moments of each run that had this id, where a provider may use an id again; null: it does not");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("alter table runs drop column executions");
}
