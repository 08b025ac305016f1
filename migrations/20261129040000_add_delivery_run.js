// @ts-check

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable("deliveries", (table) => {
    table
      .text("run")
      .comment(
        "The provider's id of the (first) run that it is about; null: about no run, or received before this column existed",
      );
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("alter table deliveries drop column run");
}
