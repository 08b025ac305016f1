import { bigint } from "./columns.ts";
import type { Connection } from "./connect.ts";
import { toRows } from "./transaction.ts";
import type { Millis } from "../../time.ts";

/** Over how many shards of the totals servers on PostgreSQL spread what they add, and from when on. */
export interface Sharding {
  readonly shards: number;
  /** Until then a server of the version before may be running, which reads shard 0 alone. */
  readonly from: Millis;
}

/** All is added to shard 0: SQLite, which has one writer, and commands. */
export const unsharded: Sharding = { shards: 1, from: 0 };

/** How long servers of the version before may go on running after a newer one has migrated the database. */
const replacedMillis = 10 * 60_000;

const migratedAt = bigint("migrated_at");

/** Whether and from when on `shards` may be used: in a database that no version without shards has known, at once. */
export async function readSharding({ engine, knex }: Connection, shards: number): Promise<Sharding> {
  if (engine === "sqlite" || shards === 1) return unsharded;
  const [row] = toRows(
    await knex.raw(`
      select cast(extract(epoch from migration_time) * 1000 as bigint) as migrated_at from knex_migrations
      where name like '%_create_rollup_shards.js' and batch > (select min(batch) from knex_migrations)`),
  );
  return { shards, from: row === undefined ? 0 : migratedAt.read(row) + replacedMillis };
}
