// @ts-check

/**
 * Jobs that are told of before their run wait to be counted until the run's name is known; `job_completions.rollup_id` is
 * 0 until then. And what is derived from all jobs of a run is kept with the run, so that a delivery need not read them.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.alterTable("runs", (table) => {
    table
      .bigInteger("waiting_since")
      .comment("Epoch milliseconds since which what its jobs add up to waits for the run's name; null: nothing waits");
    table
      .bigInteger("newest_retry")
      .comment("Greatest id of a job that replaced another of its name, 0: none; null: to be read from its jobs");
    table.index(["waiting_since"], "runs_waiting_index", {
      predicate: knex.whereRaw("waiting_since is not null"),
    });
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.raw("drop index runs_waiting_index");
  await knex.raw("alter table runs drop column newest_retry");
  await knex.raw("alter table runs drop column waiting_since");
}
