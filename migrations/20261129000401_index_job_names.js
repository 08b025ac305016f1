// @ts-check

/**
 * For a job that is told of under a new id: whether its run had another of that name, without reading all of its jobs.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.alterTable("jobs", (table) => {
    table.index(["run_id", "name"], "jobs_name_index");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("drop index jobs_name_index");
}
