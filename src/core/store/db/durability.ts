import type { Connection } from "./connect.ts";
import { toRows, type Transaction } from "./transaction.ts";

/**
 * Makes PostgreSQL answer this transaction's commit only once it is on disk, where a role, a database or the server says
 * otherwise: https://www.postgresql.org/docs/current/wal-async-commit.html. Inside the transaction, because a pooler in
 * between gives each transaction another session. Settings that wait for more than the own disk are left alone.
 *
 * Returns the moment at which the server started that answers, which no other server shares. Asked in the same statement,
 * because a pooler or an address may lead each transaction to another server.
 */
export async function requireDurableCommit(trx: Transaction): Promise<string> {
  const [row] = await trx.query(`
    select extract(epoch from pg_postmaster_start_time())::text as started,
      case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end`);
  return String(row?.["started"]);
}

/** What this PostgreSQL is set to that may lose what was answered, or was meant to; for the log of a start. */
export async function readDurabilityWarnings({ engine, knex }: Connection): Promise<readonly string[]> {
  if (engine !== "postgres") return [];
  const names = ["synchronous_commit", "fsync", "full_page_writes"];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`).join(", ");
  const [settings] = toRows(await knex.raw(`select ${columns}`));
  const isOff = (name: string) => settings?.[name] === "off";
  const warnings = {
    synchronous_commit:
      "PostgreSQL's synchronous_commit is off for this database or role: deliveries are committed with it on all the same",
    fsync: "PostgreSQL's fsync is off: a crash of its machine may lose deliveries that were answered, and the database",
    full_page_writes: "PostgreSQL's full_page_writes is off: a crash of its machine may damage the database",
  };
  return Object.entries(warnings).flatMap(([name, words]) => (isOff(name) ? [words] : []));
}
