// @ts-check

/** How many buckets a row of rollups holds. */
const bucketCount = 16;

/**
 * A place for each replica to add to totals, so that replicas on one PostgreSQL do not wait for each other's commits. What
 * /metrics shows of a series is its row in rollups, which is shard 0, and its rows here. A server of the version before reads
 * and writes rollups alone, so for some minutes after this migration nothing is written here.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("rollup_shards", (table) => {
    table.comment(
      "Parts of the totals in rollups, one row a series and shard. They only grow, and are added to the total.",
    );
    table.bigInteger("rollup_id").notNullable().comment("rollups.id of the series");
    table.smallint("shard").notNullable().comment("Number of the shard, from 1; rollups itself is shard 0");
    table.bigInteger("count").notNullable().defaultTo(0).comment("Events; of a histogram, observations");
    table.bigInteger("sum_millis").notNullable().defaultTo(0).comment("Milliseconds, for histograms");
    for (let i = 0; i < bucketCount; i++) {
      const bucket = table.bigInteger(`bucket_${i}`).notNullable().defaultTo(0);
      bucket.comment("Observations in this bucket alone, as in rollups");
    }
    table.text("exemplar_run").comment("Native id of the latest run that moved it");
    table.text("exemplar_url").comment("That run's page at the provider");
    table.bigInteger("exemplar_at").comment("When that run finished, epoch milliseconds");
    table.double("exemplar_seconds").comment("What it was observed with, for histograms");
    table.primary(["rollup_id", "shard"], "rollup_shards_primary");
    table.foreign("rollup_id", "rollup_shards_rollup_id_foreign").references("rollups.id").onDelete("CASCADE");
  });
}

/**
 * Adds the parts to the totals. Exemplars stay those of shard 0.
 * @param {import("knex").Knex} knex
 */
export async function down(knex) {
  const columns = ["count", "sum_millis", ...Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`)];
  const sum = (/** @type {string} */ column) =>
    `${column} = ${column} + (select sum(part.${column}) from rollup_shards as part where part.rollup_id = rollups.id)`;
  await knex.raw(`update rollups set ${columns.map(sum).join(", ")} where id in (select rollup_id from rollup_shards)`);
  await knex.schema.dropTable("rollup_shards");
}
