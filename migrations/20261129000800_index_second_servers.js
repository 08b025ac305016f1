// @ts-check

/**
 * For runs of a second GitLab that posts to one source: the children of a run that gets another name than its own id, and
 * the run that a saved pipeline is, by its project and what its own server calls it. Both hold few rows where there is one.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.raw("create index runs_parent_index on runs (source, parent) where parent is not null");
  const [own, isForeign] = isSqlite(knex)
    ? ["substr(native_id, instr(native_id, '/') + 1)", "instr(native_id, '/') > 0"]
    : ["split_part(native_id, '/', 2)", "strpos(native_id, '/') > 0"];
  await knex.raw(
    `create index runs_foreign_index on runs (project, (${own}))
     where provider = 'gitlab' and source <> 'pipeline-collector' and ${isForeign}`,
  );
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("drop index runs_foreign_index");
  await knex.raw("drop index runs_parent_index");
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
