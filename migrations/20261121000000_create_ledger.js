// @ts-check

/** Upper bounds live in src/core/rollup.ts; this is how many buckets a row holds, `+Inf` included. */
const bucketCount = 16;

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await createDeliveries(knex);
  await createRuns(knex);
  await createJobs(knex);
  await createCompletions(knex);
  await createRollups(knex);
}

/** @param {import("knex").Knex} knex */
async function createDeliveries(knex) {
  await knex.schema.createTable("deliveries", (table) => {
    table.comment("Every request that was understood to come from a sender, once.");
    table.bigIncrements("id", { primaryKey: true }).comment("Grows in the order of arrival");
    table.text("key").notNullable().comment("Hash of source and idempotency key, or of source and body");
    table.text("source").notNullable().comment("Configured instance of a provider");
    table.text("provider").notNullable().comment("gitlab, tekton, jenkins, github, or an older tool");
    table.text("outcome").notNullable().comment("accepted, ignored or dead_letter");
    table.text("reason").comment("Why it was ignored or not understood");
    table.bigInteger("received_at").notNullable().comment("Epoch milliseconds, UTC");
    table.integer("bytes").notNullable().comment("Size of the body");
    table.text("headers").comment("JSON object of the headers a replay needs; only with a body");
    table.text("body").comment("Redacted body; of dead letters, and of all where configured");
    table.unique(["key"], { indexName: "deliveries_key_unique" });
    table.index(["source", "received_at"], "deliveries_source_received_at_index");
    table.index(["source"], "deliveries_dead_letter_index", { predicate: knex.whereRaw("outcome = 'dead_letter'") });
  });
}

/** @param {import("knex").Knex} knex */
async function createRuns(knex) {
  await knex.schema.createTable("runs", (table) => {
    table.comment("One row a run: the fold of everything deliveries said about it.");
    table.bigIncrements("id", { primaryKey: true }).comment("What other tables call the run");
    table.text("source").notNullable().comment("Configured instance of a provider");
    table.text("native_id").notNullable().comment("The provider's id of the run, opaque");
    table.text("provider").notNullable().comment("gitlab, tekton, jenkins, github, or an older tool");
    table.text("project").comment("What owns the pipeline: repository, folder, namespace");
    table.text("pipeline").comment("Name of the definition");
    table.text("number").comment("The number people know the run by");
    table.text("ref").comment("Branch or tag");
    table.text("ref_kind").comment("branch, tag or merge_request");
    table.boolean("default_branch").comment("Whether ref is the project's default branch");
    table.text("sha").comment("Commit");
    table.text("trigger").comment("What started it, in the provider's word");
    table.text("url").comment("The run's page at the provider");
    table.text("parent").comment("Native id of the run that started this one");
    table.text("restart_of").comment("Native id of the run that this one repeats");
    table.text("native_status").comment("The provider's own word");
    table.text("state").comment("pending, executing or finished; null while only its jobs are known");
    table.text("result").comment("success, failure, error, timeout, cancellation or skip");
    table.bigInteger("queued_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("started_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("finished_at").comment("Epoch milliseconds, UTC");
    table.double("queue_seconds").comment("From queued to started");
    table.double("duration_seconds").comment("The time it worked");
    table.text("detail").comment("Further facts for people: JSON");
    table.integer("attempt").notNullable().defaultTo(1).comment("Greatest attempt seen, 1-based");
    table.integer("restarts").notNullable().defaultTo(0).comment("Attempts after the first result");
    table.boolean("recovered").notNullable().defaultTo(false).comment("Failed, then succeeded in a later attempt");
    table.bigInteger("version_epoch").comment("Version of the newest statement: attempt as the provider orders it");
    table.bigInteger("version_clock").comment("Version of the newest statement: newest moment it carried");
    table.integer("version_rank").comment("Version of the newest statement: rank of its state");
    table.integer("unstated").comment("Bit set of the fields nobody stated, see src/core/store/db/tables.ts");
    table.text("older").comment("JSON: fields that an older statement knows best, with its version");
    table.bigInteger("first_seen_at").notNullable().comment("Epoch milliseconds of the first delivery");
    table.bigInteger("updated_at").comment("Epoch milliseconds of the last delivery that changed it");
    table.unique(["source", "native_id"], { indexName: "runs_source_native_id_unique" });
    table.index(["project", "pipeline", "id"], "runs_project_pipeline_index");
    table.index(["updated_at"], "runs_updated_at_index");
    table.index(["provider", "project", "pipeline", "state"], "runs_active_index", {
      predicate: knex.whereRaw("result is null and state is not null"),
    });
  });
}

/** @param {import("knex").Knex} knex */
async function createJobs(knex) {
  await createClustered(knex, "jobs", (table) => {
    table.comment("One row a job of a run; a job that ran again under a new id has another row.");
    table.bigInteger("run_id").notNullable().comment("runs.id");
    table.text("native_id").notNullable().comment("The provider's id of the job, opaque");
    table.text("name").comment("As the pipeline's definition calls it");
    table.text("stage").comment("Group of jobs that run together, where the provider has stages");
    table.text("task_type").comment("build, test or deploy, by the configured rules");
    table.text("runner").comment("Machine or agent that ran it");
    table.text("url").comment("The job's page at the provider");
    table.boolean("allow_failure").comment("Whether its failure leaves the run green");
    table.text("failure_reason").comment("The provider's own word");
    table.integer("retries").comment("How often the CI system ran it again under the same id");
    table.text("native_status").comment("The provider's own word");
    table.text("state").comment("pending, executing or finished");
    table.text("result").comment("success, failure, error, timeout, cancellation or skip");
    table.bigInteger("queued_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("started_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("finished_at").comment("Epoch milliseconds, UTC");
    table.double("queue_seconds").comment("From ready to run to started");
    table.double("duration_seconds").comment("The time it worked");
    table.bigInteger("version_epoch").notNullable().comment("Version of the newest statement: attempt, see runs");
    table
      .bigInteger("version_clock")
      .notNullable()
      .comment("Version of the newest statement: newest moment it carried");
    table.integer("version_rank").notNullable().comment("Version of the newest statement: rank of its state");
    table.integer("unstated").comment("Bit set of the fields nobody stated, see src/core/store/db/tables.ts");
    table.text("older").comment("JSON: fields that an older statement knows best, with its version");
    table.primary(["run_id", "native_id"], "jobs_primary");
  });
}

/** @param {import("knex").Knex} knex */
async function createCompletions(knex) {
  await createClustered(knex, "run_completions", (table) => {
    table.comment("One row an attempt that reached a result. Inserting it is what counts the run.");
    table.bigInteger("run_id").notNullable().comment("runs.id");
    table.text("key").notNullable().comment("The same in every delivery that proves this completion");
    table.bigInteger("attempt_order").notNullable().comment("Greater for a later attempt of the run");
    completionColumns(table);
    table.primary(["run_id", "key"], "run_completions_primary");
  });

  await createClustered(knex, "job_completions", (table) => {
    table.comment("One row a job that reached a result. Inserting it is what counts the job.");
    table.bigInteger("run_id").notNullable().comment("runs.id");
    table.text("key").notNullable().comment("The job's native id, with :skip where it was skipped");
    completionColumns(table);
    table.primary(["run_id", "key"], "job_completions_primary");
  });
}

/** @param {import("knex").Knex} knex */
async function createRollups(knex) {
  await knex.schema.createTable("rollups", (table) => {
    table.comment("The totals that /metrics shows, one row a series. They only grow; retention never touches them.");
    table.bigIncrements("id", { primaryKey: true }).comment("What completions call the series");
    table.text("metric").notNullable().comment("Key of the metric, see src/core/rollup.ts");
    table.text("labels").notNullable().comment("JSON array of label values, in the order of the metric's labels");
    table.bigInteger("count").notNullable().defaultTo(0).comment("Events; of a histogram, observations");
    table.bigInteger("sum_millis").notNullable().defaultTo(0).comment("Milliseconds, for histograms");
    for (let i = 0; i < bucketCount; i++) {
      const bucket = table.bigInteger(`bucket_${i}`).notNullable().defaultTo(0);
      bucket.comment("Observations in this bucket alone; bounds by metric, see src/core/rollup.ts, the last is +Inf");
    }
    table.bigInteger("created_at").notNullable().comment("Epoch milliseconds at which the series stood at 0");
    table.text("exemplar_run").comment("Native id of the latest run that moved it");
    table.text("exemplar_url").comment("That run's page at the provider");
    table.bigInteger("exemplar_at").comment("When that run finished, epoch milliseconds");
    table.double("exemplar_seconds").comment("What it was observed with, for histograms");
    table.unique(["metric", "labels"], { indexName: "rollups_metric_labels_unique" });
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  for (const table of ["rollups", "job_completions", "run_completions", "jobs", "runs", "deliveries"]) {
    await knex.schema.dropTable(table);
  }
}

/** @param {import("knex").Knex.CreateTableBuilder} table */
function completionColumns(table) {
  table.bigInteger("rollup_id").notNullable().comment("rollups.id of the counter that counted it");
  table.text("result").notNullable().comment("success, failure, error, timeout, cancellation or skip");
  table.bigInteger("finished_at").comment("Epoch milliseconds, UTC");
  table.double("queue_seconds").comment("As observed in the histogram; null if it was not");
  table.double("duration_seconds").comment("As observed in the histogram; null if it was not");
}

/**
 * A table that is stored in the order of its primary key where the engine has a choice: rows of one run lie together and
 * there is one tree to write instead of two.
 * @param {import("knex").Knex} knex
 * @param {string} name
 * @param {(table: import("knex").Knex.CreateTableBuilder) => void} build
 */
async function createClustered(knex, name, build) {
  const statements = knex.schema.createTable(name, build).toSQL();
  const sqlite = knex.client.config.client === "better-sqlite3";
  for (const { sql, bindings } of statements) {
    const clustered = sqlite && sql.startsWith("create table") ? `${sql} without rowid` : sql;
    await knex.raw(clustered, bindings ?? []);
  }
}
