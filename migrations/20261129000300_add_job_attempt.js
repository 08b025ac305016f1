// @ts-check

const unfinished = "pending, blocked, executing or finished";

/** @param {import("knex").Knex} knex */
export async function up(knex) {
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
  if (knex.client.config.client === "better-sqlite3") return;
  await knex.raw(`comment on column runs.state is '${states}; null while only its jobs are known'`);
  await knex.raw(`comment on column jobs.state is '${states}'`);
}
