import type { Knex } from "knex";
import { buildIdDefault, createMonthFunction, makePartitions, partitionedTables } from "./partitions.ts";
import { toRows } from "./transaction.ts";

/** Names of the indexes by the names that PostgreSQL gives to copied ones. */
const indexNames = {
  deliveries_pkey1: "deliveries_pkey",
  deliveries_source_received_at_idx: "deliveries_source_received_at_index",
  deliveries_source_idx: "deliveries_dead_letter_index",
  jobs_pkey: "jobs_primary",
  run_completions_pkey: "run_completions_primary",
  job_completions_pkey: "job_completions_primary",
} as const;

/**
 * Puts partitioned tables in the place of the empty ones that the first migration created; all further migrations change them
 * as they would change others. Keys of deliveries move to a table of their own, because a unique key of a partitioned table
 * must contain the month.
 */
export async function createPartitioned(trx: Knex.Transaction): Promise<void> {
  await trx.raw("alter table deliveries drop constraint deliveries_key_unique");
  for (const sequence of ["runs_id_seq", "deliveries_id_seq"])
    await trx.raw(`alter sequence ${sequence} owned by none`);
  for (const [table, column] of Object.entries(partitionedTables)) {
    await trx.raw(`alter table ${table} rename to ${table}_before`);
    await trx.raw(`create table ${table} (like ${table}_before including all) partition by range (${column})`);
    const [row] = toRows(await trx.raw(`select obj_description('${table}_before'::regclass) as comment`));
    await trx.raw(`comment on table ${table} is '${String(row?.["comment"]).replaceAll("'", "''")}'`);
    await trx.raw(`drop table ${table}_before`);
    await trx.raw(`create table ${table}_default partition of ${table} default`);
    await trx.raw(
      `comment on table ${table}_default is 'Rows of ${table} of months without a partition, and what retention keeps of dropped ones'`,
    );
  }
  for (const [given, wanted] of Object.entries(indexNames)) await trx.raw(`alter index ${given} rename to ${wanted}`);
  await trx.raw(createMonthFunction);
  await createDeliveryKeys(trx);
  for (const table of ["runs", "deliveries"]) {
    const sequence = `${table}_id_seq`;
    await trx.raw(`alter table ${table} alter column id set default ${buildIdDefault(sequence)}`);
    await trx.raw(`alter sequence ${sequence} owned by ${table}.id`);
  }
  await makePartitions(trx);
}

async function createDeliveryKeys(trx: Knex.Transaction): Promise<void> {
  await trx.schema.createTable("delivery_keys", (table) => {
    table.comment("The key of every stored delivery: it decides whether one is a duplicate, over all partitions.");
    table.text("key").notNullable().comment("deliveries.key");
    table.bigInteger("id").notNullable().comment("deliveries.id, which is given out here");
    table.boolean("dead").notNullable().comment("Whether the delivery is a dead letter, which a resend may replace");
    table.primary(["key"], { constraintName: "delivery_keys_primary" });
  });
  await trx.raw(`alter table delivery_keys alter column id set default ${buildIdDefault("deliveries_id_seq")}`);
}
