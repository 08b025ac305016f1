import type { ShardLock } from "./shards.ts";
import { integer, nullable, text } from "./columns.ts";
import type { Connection } from "./connect.ts";
import { toRows, type Transaction } from "./transaction.ts";

const started = text("started");
const shard = nullable(integer("shard"));

/** What the first statement of a transaction for deliveries finds out. */
export interface TransactionContext {
  /** Identifies one start of a database server. */
  readonly server: string;
  /** The shard of the totals that the transaction adds to. */
  readonly shard: number;
}

/**
 * Makes PostgreSQL confirm this transaction's commit only once it is on disk, where a role, a database or the server has it
 * off: https://www.postgresql.org/docs/current/wal-async-commit.html. Set inside the transaction, because a pooler may give
 * each transaction another session. Stricter settings (which also wait for a standby) are left as they are.
 *
 * Returns the start time of the server, which identifies it. It is read in the same statement, because a pooler or an address
 * may lead each transaction to another server. It also locks the shard that `attempt` chooses; without one it is shard 0.
 */
export async function requireDurableCommit(trx: Transaction, attempt?: ShardLock): Promise<TransactionContext> {
  const [row] = await trx.query(`
    select extract(epoch from pg_postmaster_start_time())::text as started, ${attempt?.sql ?? "0"} as shard,
      case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end`);
  if (row === undefined) throw new Error("PostgreSQL returned no row for a select without a condition");
  return { server: started.read(row), shard: attempt?.settle(shard.read(row)) ?? 0 };
}

/** Warnings for the log of a start: settings of this PostgreSQL with which a crash may lose acknowledged deliveries. */
export async function readDurabilityWarnings({ engine, knex }: Connection): Promise<readonly string[]> {
  if (engine !== "postgres") return [];
  const names = ["synchronous_commit", "fsync", "full_page_writes"];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`).join(", ");
  const [settings] = toRows(await knex.raw(`select ${columns}`));
  const isOff = (name: string) => settings?.[name] === "off";
  const warnings = {
    synchronous_commit:
      "PostgreSQL's synchronous_commit is off for this database or role: deliveries are committed with it on nevertheless",
    fsync: "PostgreSQL's fsync is off: a crash of its machine may lose deliveries that were answered, and the database",
    full_page_writes: "PostgreSQL's full_page_writes is off: a crash of its machine may damage the database",
  };
  return Object.entries(warnings).flatMap(([name, message]) => (isOff(name) ? [message] : []));
}
