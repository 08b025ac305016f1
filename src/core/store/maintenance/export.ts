import { existsSync } from "node:fs";
import { AppError, readDriverMessage } from "../../errors.ts";
import { maskUrl } from "../../mask-url.ts";
import { connect, type Connection, type DatabaseLog } from "../db/connect.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { checkSource } from "./copy-databases.ts";
import { readFingerprints, type DayFingerprint } from "./export-days.ts";
import type { ExportedRows, ExportKind, ExportPage, ExportQuery } from "./export-items.ts";
import { readExportPages } from "./export-pages.ts";

/** A ledger that is only read: its schema is not migrated, and no transaction of a server waits. */
export interface ExportSource {
  /** The days (since 1970, UTC) of a span on which something was first seen. */
  listDays(kind: ExportKind, span: ExportQuery): Promise<ReadonlyMap<number, DayFingerprint>>;
  /**
   * Reads the rows of a span from one snapshot, some thousand at a time, and hands them to `write`. Returns the fingerprint
   * of these very rows; `undefined`: there are none.
   */
  readSpan<K extends ExportKind>(
    kind: K,
    span: ExportQuery,
    write: (page: ExportPage<ExportedRows[K]>) => Promise<void>,
  ): Promise<DayFingerprint | undefined>;
}

/** Opens a ledger for `work` and closes it. Throws `config` where it cannot be used, `schema` where it is of another version. */
export async function withExportSource<T>(
  url: string,
  log: DatabaseLog,
  work: (source: ExportSource) => Promise<T>,
): Promise<T> {
  const name = `the database ${maskUrl(url)}`;
  if (url === "sqlite::memory:") throw new AppError("config", "a database in memory cannot be exported");
  const file = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : undefined;
  if (file !== undefined && !existsSync(file)) throw new AppError("config", `${name}: file not found`);
  let connection: Connection | undefined;
  try {
    connection = connect(url, log);
    await checkSource(connection, name, "export");
    return await work(createSource(connection));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("unavailable", `${name} cannot be read: ${readDriverMessage(error)}`, { cause: error });
  } finally {
    await connection?.knex.destroy();
  }
}

function createSource(connection: Connection): ExportSource {
  const { knex, engine, bulk } = connection;
  /** PostgreSQL must not end the session while the disk that is written to is slow. */
  const settings = "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0";
  return {
    listDays: (kind, span) => readFingerprints(knex, kind, span),
    readSpan: (kind, span, write) =>
      knex.transaction(async (trx) => {
        if (engine === "postgres") await trx.raw(`${settings}; set local random_page_cost = 1.1`);
        const [fingerprint, ...others] = (await readFingerprints(trx, kind, span)).values();
        if (others.length > 0) throw new Error("a span that is exported lies within one day");
        if (fingerprint === undefined) return undefined;
        for await (const page of readExportPages({ trx, engine, bulk }, kind, { ...span, fingerprint }))
          await write(page);
        return fingerprint;
      }, getSnapshotConfig(engine)),
  };
}
