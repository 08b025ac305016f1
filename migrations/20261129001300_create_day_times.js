// @ts-check

/**
 * The day cube: how long jobs took, by day, so that percentiles over months need not read every job. A server of the version
 * before does not write it; what it recorded meanwhile is added when the rows are compared with the completions, and a row in
 * day_times_fills says that they were. A ledger without completions needs no comparison.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await createClustered(knex, "day_times", (table) => {
    table.comment(
      "Jobs that finished on a day, by series and duration. Rows of job_completions prove it; rebuild corrects it.",
    );
    table.integer("day").notNullable().comment("Day on which the jobs finished: days since 1970, UTC");
    table.bigInteger("rollup_id").notNullable().comment("rollups.id of the counter that counted the jobs");
    table
      .integer("bucket")
      .notNullable()
      .comment("16 times the binary logarithm of the seconds, rounded up; -1000: without a duration");
    table.integer("shard").notNullable().comment("Replicas that add at the same time use different ones; sum over all");
    table.bigInteger("count").notNullable().comment("Jobs");
    table.bigInteger("sum_millis").notNullable().comment("Milliseconds that they took together");
    table.primary(["day", "rollup_id", "bucket", "shard"], "day_times_primary");
  });
  await knex.schema.createTable("day_times_fills", (table) => {
    table.comment("When day_times was compared with all completions, and what it lacked was added.");
    table.bigInteger("filled_at").notNullable().comment("Epoch milliseconds, UTC; 0: there was no completion yet");
    table.primary(["filled_at"], "day_times_fills_primary");
  });
  await knex.raw("insert into day_times_fills (filled_at) select 0 where not exists (select 1 from job_completions)");
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("day_times_fills");
  await knex.schema.dropTable("day_times");
}

/**
 * A table that SQLite stores in the order of its primary key.
 * @param {import("knex").Knex} knex
 * @param {string} name
 * @param {(table: import("knex").Knex.CreateTableBuilder) => void} build
 */
async function createClustered(knex, name, build) {
  const sqlite = knex.client.config.client === "better-sqlite3";
  for (const { sql, bindings } of knex.schema.createTable(name, build).toSQL()) {
    const clustered = sqlite && sql.startsWith("create table") ? `${sql} without rowid` : sql;
    await knex.raw(clustered, bindings ?? []);
  }
}
