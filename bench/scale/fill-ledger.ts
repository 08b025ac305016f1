import Database from "better-sqlite3";
import { Client } from "pg";
import { multiply } from "./multiply.ts";
import { recordTemplate, templateRuns } from "./template.ts";

/**
 * Fills an empty database of either engine: ten thousand runs are recorded as a server would, and copied by SQL. `from` goes on after
 * so many runs where it was interrupted; indexes that it had dropped are then to be made by hand.
 */
export async function fillLedger(url: string, runs: number, from = 0): Promise<void> {
  const copies = runs / templateRuns;
  if (!Number.isInteger(copies) || copies < 1) throw new Error(`--runs must be a multiple of ${templateRuns}`);
  if (from === 0) await recordTemplate(url, Date.now());
  if (url.startsWith("sqlite:")) await fillSqlite(url.slice("sqlite:".length), copies, from / templateRuns);
  else await fillPostgres(url, copies, from / templateRuns);
}

async function fillSqlite(file: string, copies: number, from: number): Promise<void> {
  const database = new Database(file);
  for (const setting of ["journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "temp_store = MEMORY"])
    database.pragma(setting);
  const indexes = database
    .prepare<[], { name: string; sql: string }>(
      `select name, sql from sqlite_master
       where type = 'index' and sql is not null and tbl_name in ('runs', 'jobs', 'deliveries')`,
    )
    .all();
  // Made at the end, by sorting: that takes a fraction of the time.
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  await multiply({ engine: "sqlite", execute: async (sql) => void database.exec(sql) }, copies, from);
  for (const { sql } of indexes) database.exec(sql);
  for (const table of ["runs", "deliveries"])
    database.exec(`update sqlite_sequence set seq = (select max(id) from ${table}) where name = '${table}'`);
  database.pragma("journal_mode = WAL");
  database.close();
}

async function fillPostgres(url: string, copies: number, from: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '512MB'");
  const { rows: indexes } = await client.query<{ name: string; made: string }>(
    `select indexname as name, indexdef as made from pg_indexes
     where tablename in ('runs', 'jobs', 'deliveries') and indexdef not like 'CREATE UNIQUE%'`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  await multiply({ engine: "postgres", execute: async (sql) => void (await client.query(sql)) }, copies, from);
  for (const { made } of indexes) await client.query(made);
  for (const table of ["runs", "deliveries"])
    await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), max(id)) from ${table}`);
  await client.query("vacuum (analyze)");
  await client.end();
}
