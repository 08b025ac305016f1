// @ts-check

/**
 * For a job that is told of under a new id: whether its run had another of that name, without reading all of its jobs.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  // An entry of PostgreSQL's index holds 2,704 bytes, and a name may have 1,024 characters.
  const name = isSqlite(knex) ? "name" : "left(name, 200)";
  await knex.raw(`create index jobs_name_index on jobs (run_id, ${name})`);
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("drop index jobs_name_index");
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
