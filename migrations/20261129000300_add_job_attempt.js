// @ts-check

const unfinished = "pending, blocked, executing or finished";

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  // Deliveries lock runs before jobs, and the migrations after this one change runs: in another order they would deadlock.
  if (!isSqlite(knex)) await knex.raw("lock table runs in access exclusive mode");
  await knex.schema.alterTable("jobs", (table) => {
    table
      .integer("attempt")
      .comment("Attempt of the run that the job belongs to, 1-based; null: the provider does not say");
  });
  await describeStates(knex, unfinished);
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("alter table jobs drop column attempt");
  await describeStates(knex, "pending, executing or finished");
}

/**
 * SQLite has no comments.
 * @param {import("knex").Knex} knex
 * @param {string} states
 */
async function describeStates(knex, states) {
  if (isSqlite(knex)) return;
  await knex.raw(`comment on column runs.state is '${states}; null while only its jobs are known'`);
  await knex.raw(`comment on column jobs.state is '${states}'`);
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
