// @ts-check

/**
 * To count the series of one project, whose labels begin alike, whatever language the database sorts by. SQLite compares
 * texts byte by byte anyway, so the index of unique series serves there.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  if (isSqlite(knex)) return;
  await knex.raw('create index rollups_metric_labels_index on rollups (metric, labels collate "C")');
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  if (!isSqlite(knex)) await knex.raw("drop index rollups_metric_labels_index");
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
