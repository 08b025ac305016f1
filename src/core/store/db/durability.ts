import type { ShardLock } from "./shards.ts";
import { integer, nullable, text, type Row } from "./columns.ts";
import type { Connection } from "./connect.ts";
import { toRows } from "./transaction.ts";

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
 * The first statement of a transaction for deliveries. It makes PostgreSQL confirm the commit only once it is on disk, where a
 * role, a database or the server has that off: https://www.postgresql.org/docs/current/wal-async-commit.html. Set inside the
 * transaction, because a pooler may give each transaction another session. Stricter settings (which also wait for a standby) are
 * left as they are. It returns the start time of the server, because a pooler or an address may lead each transaction to another
 * one, and locks the shard that `lock` chooses.
 */
export function buildOpening(lock: ShardLock | undefined): string {
  return `select extract(epoch from pg_postmaster_start_time())::text as started, ${lock?.sql ?? "0"} as shard,
    case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end`;
}

/** Reads what `buildOpening` returned. Without a lock the shard is 0. */
export function readContext(row: Row, lock: ShardLock | undefined): TransactionContext {
  return { server: started.read(row), shard: lock?.settle(shard.read(row)) ?? 0 };
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
