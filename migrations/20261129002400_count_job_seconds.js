// @ts-check

/**
 * Which series counted the seconds of a job, so that `pipegauge rebuild` can prove them. A server of the version before leaves it
 * empty: it does not count them.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.alterTable("job_completions", (table) => {
    table
      .bigInteger("seconds_rollup_id")
      .comment("rollups.id of the counter of its seconds, by runner class and cause; null: they are in none");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("alter table job_completions drop column seconds_rollup_id");
}
