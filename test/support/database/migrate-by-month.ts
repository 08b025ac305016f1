import { connect, type DatabaseLog } from "../../../src/core/store/db/connect.ts";
import { migrate } from "../../../src/core/store/db/migrate.ts";
import {
  listPartitions,
  makePartitions,
  namePartition,
  partitionedTables,
} from "../../../src/core/store/db/partitions.ts";

/** A month far ahead, so that whatever a test deletes is older. After each four runs the next month begins, twice. */
const laterMonths = `
  create or replace function ledger_month() returns bigint language sql volatile as
    $$ select 9901 + least(2, last_value / 4) from runs_id_seq $$`;

/** Creates a ledger with partitions in an empty database: what is recorded there is in several months. */
export async function migrateByMonth(url: string, log: DatabaseLog): Promise<void> {
  const connection = connect(url, log);
  const { knex } = connection;
  await migrate(connection, { partitioned: true });
  await knex.raw(laterMonths);
  for (const { month } of await listPartitions(knex, "postgres"))
    for (const table of Object.keys(partitionedTables)) await knex.raw(`drop table ${namePartition(table, month)}`);
  await makePartitions(knex);
  await knex.destroy();
}
