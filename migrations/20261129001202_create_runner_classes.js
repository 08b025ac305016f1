// @ts-check

/**
 * The kinds of runners that are distinguished. Their number is limited, because each becomes a label.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("runner_classes", (table) => {
    table.comment(
      "Kinds of runners that are distinguished, in jobs.runner_class; at most 200, further ones are __other__.",
    );
    table.text("name").notNullable().comment("Labels or tags, sorted and joined, or the name of a configured rule");
    table.bigInteger("first_seen_at").notNullable().comment("Epoch milliseconds, UTC");
    table.primary(["name"], "runner_classes_primary");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("runner_classes");
}
