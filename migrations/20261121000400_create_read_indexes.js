// @ts-check

/**
 * What the read API needs beyond the indexes that recording needs anyway: dead letters of a source, newest first. It holds
 * dead letters alone, so that nothing is added to what an understood delivery costs.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.alterTable("deliveries", (table) => {
    table.index(["source", "received_at"], "deliveries_dead_letter_received_at_index", {
      predicate: knex.whereRaw("outcome = 'dead_letter'"),
    });
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.alterTable("deliveries", (table) => {
    table.dropIndex([], "deliveries_dead_letter_received_at_index");
  });
}
