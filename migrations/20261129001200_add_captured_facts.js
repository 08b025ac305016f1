// @ts-check

/**
 * Adds columns that may be null, and nothing else: neither engine rewrites a row for that, so it takes milliseconds however
 * many rows there are, and the version before goes on writing beside it.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  // Deliveries lock runs before jobs: in another order they would deadlock.
  if (!isSqlite(knex)) await knex.raw("lock table runs, jobs in access exclusive mode");
  await knex.schema.alterTable("runs", (table) => {
    table.text("change").comment("Number of the merge request or pull request; null: none, or not reported");
    table.bigInteger("committed_at").comment("When the commit was made: epoch milliseconds, by the author's clock");
    table.text("started_by").comment("person or bot, as far as the provider shows it");
    table
      .text("restarted_by")
      .comment("person or bot that started the latest attempt; null: no restart, or not reported");
    table.text("parent_job").comment("Native id of the job of the parent run that started this one");
    table.text("graph").comment("JSON: for each job by name, the names of the jobs that it waits for");
  });
  await knex.schema.alterTable("jobs", (table) => {
    table
      .text("runner_class")
      .comment("Kind of runner: its labels or tags, sorted and joined, after the configured rules");
    table.text("environment").comment("Environment that it deploys to or works on");
    table.text("gate").comment("manual, delayed or approval: what it waited for besides capacity");
    table.bigInteger("gated_at").comment("Since when it waited at the gate: epoch milliseconds, UTC");
    table
      .bigInteger("gate_opened_at")
      .comment("When it passed the gate: epoch milliseconds, UTC; null: it is queued_at, or not reported");
    table.text("detail").comment("JSON of facts that few jobs have: failed step, longest steps, tries, exit code");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  for (const column of ["change", "committed_at", "started_by", "restarted_by", "parent_job", "graph"])
    await knex.raw(`alter table runs drop column ${column}`);
  for (const column of ["runner_class", "environment", "gate", "gated_at", "gate_opened_at", "detail"])
    await knex.raw(`alter table jobs drop column ${column}`);
}

/** @param {import("knex").Knex} knex */
function isSqlite(knex) {
  return knex.client.config.client === "better-sqlite3";
}
