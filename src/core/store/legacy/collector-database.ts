import { existsSync } from "node:fs";
import type { Knex } from "knex";
import knexModule from "knex";
import { AppError, readDriverMessage } from "../../errors.ts";
import { parseEngine, parsePostgresUrl } from "../db/connect.ts";
import type { Engine } from "../db/rowset.ts";
import type { Row } from "../db/columns.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { toRows } from "../db/transaction.ts";
import { maskUrl } from "../../mask-url.ts";

/** A pipeline as the old collector stored it. Any cell may be empty: its tables allow that. */
export interface OldPipeline {
  readonly pipeline: Row;
  readonly builds: readonly Row[];
  readonly jobs: readonly Row[];
  readonly failed: readonly Row[];
}

/** The old collector's database, opened read-only. */
export interface OldCollector {
  readonly pipelines: number;
  /** All pipelines, oldest first, some hundred at a time. */
  pages(): AsyncGenerator<readonly OldPipeline[]>;
}

/** The last schema of https://github.com/mytestopia/pipeline-metrics-collector/tree/main/migrations */
const tables: Readonly<Record<string, readonly string[]>> = {
  metrics_pipeline: [
    "id",
    "pipeline_id",
    "project",
    "duration",
    "duration_e2e",
    "created_at",
    "is_master",
    "has_restarts",
  ],
  metrics_build: ["id", "pipeline_id", "name", "duration"],
  metrics_job: [
    "id",
    "pipeline_id",
    "name",
    "duration_e2e",
    "duration_up",
    "duration_up_without_pull",
    "duration_pull",
    "duration",
  ],
  metrics_job_failed: ["id", "pipeline_id", "name", "duration"],
};

const pageSize = 500;

/**
 * Opens the database at `url`, calls `read` with one snapshot of it, and closes it. Throws `config` with a message of one
 * line when it cannot be reached or does not have the old collector's tables.
 */
export async function readOldCollector<T>(url: string, read: (collector: OldCollector) => Promise<T>): Promise<T> {
  const engine = parseEngine(url);
  const file = engine === "sqlite" ? url.slice("sqlite:".length) : undefined;
  const createError = (reason: string, cause?: unknown) =>
    new AppError("config", `cannot import from ${maskUrl(url)}: ${reason.replaceAll(/\s+/g, " ")}`, { cause });
  if (file !== undefined && !existsSync(file)) throw createError("file not found");
  const knex = knexModule(createConfig(url, file));
  try {
    const trx = await begin(knex, engine).catch((error: unknown) => {
      throw createError(readDriverMessage(error), error);
    });
    try {
      const problem = await findProblem(trx, engine).catch(readDriverMessage);
      if (problem !== undefined) throw createError(problem);
      const [row] = toRows(await trx.raw("select count(*) as pipelines from metrics_pipeline"));
      return await read({ pipelines: Number(row?.["pipelines"]), pages: () => readPages(trx, engine) });
    } finally {
      await trx.rollback();
    }
  } finally {
    await knex.destroy();
  }
}

function createConfig(url: string, filename: string | undefined): Knex.Config {
  const quiet = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
  const pool = { min: 0, max: 1 };
  if (filename !== undefined) {
    const connection = { filename, options: { readonly: true } } as Knex.BetterSqlite3ConnectionConfig;
    return { client: "better-sqlite3", connection, useNullAsDefault: true, log: quiet, pool };
  }
  const connection = {
    ...parsePostgresUrl(url),
    application_name: "pipegauge import",
    connectionTimeoutMillis: 5000,
  };
  return { client: "pg", connection, log: quiet, acquireConnectionTimeout: 6000, pool };
}

function ignore(): void {
  // Knex throws the same errors as well.
}

function begin(knex: Knex, engine: Engine): Promise<Knex.Transaction> {
  return knex.transaction(undefined, getSnapshotConfig(engine));
}

/** Finds the reason why these tables cannot be imported. */
async function findProblem(trx: Knex.Transaction, engine: Engine): Promise<string | undefined> {
  const found = toRows(
    await trx.raw(
      engine === "postgres"
        ? "select table_name as name, table_type = 'VIEW' as is_view from information_schema.tables where table_schema = any (current_schemas(false))"
        : "select name, type = 'view' as is_view from sqlite_master where type in ('table', 'view')",
    ),
  );
  for (const [table, columns] of Object.entries(tables)) {
    const row = found.find(({ name }) => name === table);
    if (row === undefined)
      return `it has no table ${table}: is it the old pipeline collector's database, at its last migration?`;
    if (row["is_view"] === true || row["is_view"] === 1)
      return "it is a database of Pipegauge, not one of the old pipeline collector";
    const present = Object.keys(await trx(table).columnInfo());
    const missing = columns.filter((column) => !present.includes(column));
    if (missing.length > 0)
      return `its table ${table} has no ${missing.join(", ")}: bring it to the old collector's last migration first`;
  }
  return undefined;
}

async function* readPages(trx: Knex.Transaction, engine: Engine): AsyncGenerator<readonly OldPipeline[]> {
  // The old collector wrote times with a zone, and PostgreSQL stored them in its own time zone.
  const createdAt =
    engine === "postgres"
      ? "extract(epoch from created_at::timestamptz) * 1000"
      : "unixepoch(created_at, 'subsec') * 1000";
  for (let after = -Infinity; ; ) {
    const query = trx("metrics_pipeline")
      .select("*", trx.raw(`${createdAt} as created_millis`))
      .orderBy("id")
      .limit(pageSize);
    const page = toRows(await (after === -Infinity ? query : query.where("id", ">", after)));
    const last = page.at(-1);
    if (last === undefined) return;
    const ids = page.map((row) => row["pipeline_id"] as number).filter((id) => id !== null);
    const [builds, jobs, failed] = [
      await readParts(trx, "metrics_build", ids),
      await readParts(trx, "metrics_job", ids),
      await readParts(trx, "metrics_job_failed", ids),
    ];
    yield page.map((pipeline) => {
      const partsFor = (parts: ReadonlyMap<number, Row[]>) => parts.get(pipeline["pipeline_id"] as number) ?? [];
      return { pipeline, builds: partsFor(builds), jobs: partsFor(jobs), failed: partsFor(failed) };
    });
    after = Number(last["id"]);
  }
}

async function readParts(
  trx: Knex.Transaction,
  table: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Row[]>> {
  const rows = toRows(await trx(table).whereIn("pipeline_id", ids).orderBy("id"));
  const parts = new Map<number, Row[]>();
  for (const row of rows) {
    const id = row["pipeline_id"] as number;
    const siblings = parts.get(id);
    if (siblings === undefined) parts.set(id, [row]);
    else siblings.push(row);
  }
  return parts;
}
