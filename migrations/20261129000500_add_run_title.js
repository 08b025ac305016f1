// @ts-check

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable("runs", (table) => {
    table.text("title").comment("What this one run is called, for people; null: nobody said");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("alter table runs drop column title");
}
