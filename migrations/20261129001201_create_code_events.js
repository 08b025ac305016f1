// @ts-check

/** @param {import("knex").Knex} knex */
export async function up(knex) {
  await createClustered(knex, "deployments", (table) => {
    table.comment("One row a deployment to an environment: the fold of everything deliveries said about it.");
    identify(table);
    table.text("environment").comment("Name of the environment");
    table.text("tier").comment("Kind of environment, such as production or staging; null: not reported");
    table.text("ref").comment("Branch or tag");
    table.text("sha").comment("Commit");
    table.text("run").comment("Native id of the run that deployed");
    table.text("job").comment("Native id of the job that deployed");
    table.text("url").comment("Its page at the provider");
    table.text("native_status").comment("The provider's own word");
    table.text("state").comment("pending, blocked, executing or finished");
    table.text("result").comment("success, failure, error, timeout, cancellation or skip");
    table.bigInteger("created_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("started_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("finished_at").comment("Epoch milliseconds, UTC");
    version(table);
    table.primary(["source", "native_id"], "deployments_primary");
    table.index(["project", "environment", "finished_at"], "deployments_environment_index");
    table.index(["updated_at"], "deployments_updated_at_index");
  });
  await createClustered(knex, "changes", (table) => {
    table.comment("One row a merge request or pull request.");
    identify(table);
    table.text("number").comment("The number people know it by, within its project");
    table.text("target").comment("Branch into which it is merged");
    table.text("status").comment("open, merged or closed");
    table.bigInteger("opened_at").comment("Epoch milliseconds, UTC");
    table.bigInteger("merged_at").comment("Epoch milliseconds, UTC; null: not merged");
    table.text("merge_sha").comment("Commit that the merge made on the target branch");
    table.text("head_sha").comment("Last commit of the change");
    table.bigInteger("head_committed_at").comment("Time of that commit by its author's clock: epoch milliseconds, UTC");
    table.boolean("draft").comment("Whether it is a draft");
    table.boolean("revert").comment("Whether it takes back an earlier change");
    table.boolean("hotfix").comment("Whether its labels or its branch call it an urgent repair");
    version(table);
    table.primary(["source", "native_id"], "changes_primary");
    table.index(["project", "merged_at"], "changes_merged_at_index");
    table.index(["updated_at"], "changes_updated_at_index");
  });
  await createClustered(knex, "pushes", (table) => {
    table.comment("One row a push to a branch. Before and after make the pushes of a branch a chain.");
    identify(table);
    table.text("ref").comment("Branch");
    table.boolean("default_branch").comment("Whether ref is the project's default branch");
    table.text("before_sha").comment("Last commit of the branch before; null: the branch is new");
    table.text("after_sha").comment("Last commit of the branch after");
    table.boolean("forced").comment("Whether commits were taken away");
    table.integer("commit_count").comment("Commits that were pushed; not all of them are in commits");
    table.text("commits").comment("JSON: first 8 digits and time (epoch seconds) of the newest, the oldest first");
    version(table);
    table.primary(["source", "native_id"], "pushes_primary");
    table.index(["project", "after_sha"], "pushes_after_sha_index");
    table.index(["updated_at"], "pushes_updated_at_index");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  for (const table of ["deployments", "changes", "pushes"]) await knex.schema.dropTable(table);
}

/** @param {import("knex").Knex.CreateTableBuilder} table */
function identify(table) {
  table.text("source").notNullable().comment("Configured instance of a provider");
  table
    .text("native_id")
    .notNullable()
    .comment("Unique in its source: the provider's id, after the host of the server");
  table.text("provider").notNullable().comment("gitlab, tekton, jenkins or github");
  table.bigInteger("first_seen_at").notNullable().comment("Epoch milliseconds of the first delivery");
  table.bigInteger("updated_at").comment("Epoch milliseconds of the last delivery that changed it");
  table.text("project").comment("What owns it: repository, folder, namespace");
}

/** @param {import("knex").Knex.CreateTableBuilder} table */
function version(table) {
  table.bigInteger("version_epoch").comment("Version of the newest statement: attempt, see runs");
  table.bigInteger("version_clock").comment("Version of the newest statement: newest moment it carried");
  table.integer("version_rank").comment("Version of the newest statement: rank of its state");
  table.integer("unstated").comment("Bit set of the fields not stated, see src/core/store/db/code-event-tables.ts");
  table.text("older").comment("JSON: fields that an older statement knows best, with its version");
}

/**
 * A table that is its primary key: on SQLite without a rowid.
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
