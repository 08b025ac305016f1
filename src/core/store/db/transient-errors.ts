import { AppError } from "../../errors.ts";
import { collectorModeCode } from "./collector-mode-error.ts";
import { staleSeriesCode } from "./stale-series.ts";
import { duplicateRunCode } from "./duplicate-run.ts";

/** SQLite result codes after which a retry may succeed: https://www.sqlite.org/rescode.html */
const sqliteCodes = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY(?!_DBMOVED)|CANTOPEN|PROTOCOL)/;

/** The file is damaged or no database, or no longer the one that was opened; PostgreSQL: data or an index is corrupted. */
const brokenCodes = /^SQLITE_(CORRUPT|NOTADB|READONLY_DBMOVED)|^XX00[12]$/;

/**
 * PostgreSQL classes after which a retry may succeed: connection (08), transaction rollback (40), resources (53), operator
 * intervention (57), system (58); and read only (25006), timeouts that end a transaction (25P03, 25P04), lock timeout (55P03):
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const postgresCodes = /^(08|40|53|57|58)|^(25006|25P03|25P04|55P03)$/;

/** Errors of ours after which the transaction can be tried again. */
const ownCodes: ReadonlySet<string> = new Set([staleSeriesCode, duplicateRunCode, collectorModeCode]);

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Drivers and pools report a lost connection by text alone. */
const lostConnection =
  /Connection terminated|Connection ended|timeout acquiring a connection|Unable to acquire a connection|timeout expired|not queryable|error establishing an SSL connection/i;

/** True when the connection failed, not a statement. Works also for an error from another thread. */
export function isLostConnection(error: unknown): boolean {
  const cause = getDriverError(error);
  if (cause === undefined) return false;
  const code = readDriverCode(error);
  return networkCodes.has(code) || (!isPostgresCode(code) && lostConnection.test(cause.message));
}

/** True when the database may take the same statement a little later; false when the statement itself is at fault. */
export function isTransient(error: unknown): boolean {
  const code = readDriverCode(error);
  if (isPostgresCode(code)) return postgresCodes.test(code) || networkCodes.has(code);
  return sqliteCodes.test(code) || ownCodes.has(code) || isLostConnection(error);
}

/** True when the database itself is damaged: nothing can be written until a person has repaired it. */
export function isBroken(error: unknown): boolean {
  return brokenCodes.test(readDriverCode(error));
}

/** The driver's code of an error, also when the error is the cause of one of ours; empty: none. */
export function readDriverCode(error: unknown): string {
  const cause = getDriverError(error);
  return cause !== undefined && "code" in cause ? String(cause.code) : "";
}

/** The driver's error: an error while a connection is prepared is wrapped in one of ours. */
function getDriverError(error: unknown): Error | undefined {
  const cause = error instanceof AppError && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error ? cause : undefined;
}

/** Whether the code is an SQLSTATE: the database has responded then, so the connection is not lost. */
function isPostgresCode(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}
