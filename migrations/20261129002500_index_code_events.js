// @ts-check

const tables = ["deployments", "changes", "pushes"];

/**
 * What the read API lists: code events in the order in which they were first seen, of all projects or of one, in pages that
 * later deliveries do not move; and the deployments of a run, which some providers name by their job alone. Texts are in the
 * order of their bytes on both engines.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  const bytes = knex.client.config.client === "better-sqlite3" ? "" : ' collate "C"';
  const order = `first_seen_at, source${bytes}, native_id${bytes}`;
  for (const table of tables) {
    await knex.raw(`create index ${table}_first_seen_at_index on ${table} (${order})`);
    await knex.raw(`create index ${table}_project_index on ${table} (project, ${order})`);
  }
  await knex.raw("create index deployments_run_index on deployments (source, run)");
  await knex.raw("create index deployments_job_index on deployments (source, job)");
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("drop index deployments_job_index");
  await knex.raw("drop index deployments_run_index");
  for (const table of tables) {
    await knex.raw(`drop index ${table}_project_index`);
    await knex.raw(`drop index ${table}_first_seen_at_index`);
  }
}
