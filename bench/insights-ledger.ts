import Database from "better-sqlite3";
import { Client } from "pg";
import { connect } from "../src/core/store/db/connect.ts";
import { migrateDatabase } from "../src/core/store/maintenance/migrate-database.ts";
import { createLocalPartialSteps, updatePartialAnswers } from "../src/core/store/maintenance/partial-answers.ts";
import { buildFill } from "./answer-ledger.ts";
import { buildCubeFill } from "./cube-ledger.ts";
import type { Engine } from "./engines.ts";
import { info, whole, type Extent, type Finding } from "./report.ts";

/** Runs, and how long after one the next is queued: more than are read one by one lie within 30 days. */
const sizes = {
  quick: { runs: 20_000, everyMillis: 120_000 },
  usual: { runs: 120_000, everyMillis: 24_000 },
  // A little less than 90 days, 341,000 of them within 30.
  all: { runs: 1_000_000, everyMillis: 7_600 },
} as const;

/** Runs of one statement. */
const chunkRuns = 20_000;

/** A ledger that insights are asked of. */
export interface InsightsLedger {
  readonly url: string;
  readonly runs: number;
  readonly everyMillis: number;
  /** When its last run was queued. */
  readonly newest: number;
  readonly findings: readonly Finding[];
}

const ledgers = new Map<Engine["name"], Promise<InsightsLedger>>();

/** Fills it once for all parts of a benchmark. */
export function prepareInsightsLedger(engine: Engine, extent: Extent): Promise<InsightsLedger> {
  const found = ledgers.get(engine.name) ?? fillLedger(engine, extent);
  ledgers.set(engine.name, found);
  return found;
}

async function fillLedger(engine: Engine, { quick, all }: Extent): Promise<InsightsLedger> {
  const { runs, everyMillis } = quick ? sizes.quick : all ? sizes.all : sizes.usual;
  const url = await engine.create("insights");
  const log = { warn: console.error, error: console.error };
  await migrateDatabase(url, {}, log, console.error);
  const now = Date.now();
  // Ids begin with 1, and the last run has ended.
  const newest = now - 1_200_000;
  const origin = newest - runs * everyMillis;
  const began = performance.now();
  await withExecutor(url, async (execute) => {
    const storeEngine = url.startsWith("sqlite:") ? "sqlite" : "postgres";
    for (let from = 1; from <= runs; from += chunkRuns) {
      const to = Math.min(runs + 1, from + chunkRuns);
      await execute([
        ...buildFill({ runs, origin, everyMillis }, from, to),
        ...buildCubeFill(storeEngine, now, from, to),
      ]);
    }
  });
  await engine.settle(url);
  const filledMillis = performance.now() - began;
  const before = process.cpuUsage();
  const connection = connect(url, log);
  try {
    await updatePartialAnswers(createLocalPartialSteps(connection), now);
  } finally {
    await connection.knex.destroy();
  }
  const { user, system } = process.cpuUsage(before);
  await engine.settle(url);
  const findings = [
    info(`${whole(runs)} runs with twelve jobs, made by SQL in`, `${whole(filledMillis / 1000)} s`),
    info("processor time to store the answers of its hours and days", `${whole((user + system) / 1e6)} s`),
  ];
  return { url, runs, everyMillis, newest, findings };
}

type Execute = (statements: readonly string[]) => Promise<void>;

/**
 * Hands `work` what runs statements in one transaction. Indexes that are not unique are made at the end, which takes a fraction of the
 * time. A crash may destroy the ledger, which only the benchmark needs.
 */
async function withExecutor(url: string, work: (execute: Execute) => Promise<void>): Promise<void> {
  return url.startsWith("sqlite:") ? withSqlite(url.slice("sqlite:".length), work) : withPostgres(url, work);
}

async function withSqlite(file: string, work: (execute: Execute) => Promise<void>): Promise<void> {
  const database = new Database(file);
  for (const setting of ["synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"]) database.pragma(setting);
  const indexes = database
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from sqlite_master where type = 'index' and sql is not null and sql not like 'create unique%' and tbl_name in ('runs', 'jobs')",
    )
    .all();
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  await work(async (statements) => void database.exec(`begin; ${statements.join(";")}; commit`));
  for (const { sql } of indexes) database.exec(sql);
  database.exec("analyze");
  database.close();
}

async function withPostgres(url: string, work: (execute: Execute) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '512MB'");
  const { rows: indexes } = await client.query<{ name: string; made: string }>(
    `select indexname as name, indexdef as made from pg_indexes
     where tablename in ('runs', 'jobs') and indexdef not like 'CREATE UNIQUE%'`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  await work(async (statements) => void (await client.query(`begin; ${statements.join(";")}; commit`)));
  for (const { made } of indexes) await client.query(made);
  await client.query("select setval(pg_get_serial_sequence('runs', 'id'), max(id)) from runs");
  await client.end();
}
