import type { Connection } from "../db/connect.ts";
import { listSources } from "../db/distinct.ts";
import { readDurabilityWarnings } from "../db/durability.ts";
import { trimDeadLetters } from "./dead-letters.ts";
import { importTotals, wasImported } from "./import-totals.ts";
import { compareTotals, rebuildTotals, type Findings } from "./rebuild.ts";
import { deleteExpired, hasExpired, lastReceived, type Deleted } from "./retention.ts";
import { listSeries, retireSeries, type RetiredSeries, type RetireFilter } from "./retire.ts";
import { storedDeliveries, type StoredDelivery, type StoredFilter } from "./stored-deliveries.ts";

export { withCopyEnds } from "./copy-databases.ts";
export { copyLedger } from "./copy.ts";
export { migrateDatabase } from "./migrate-database.ts";
export { readOldCollector, type OldCollector, type OldPipeline } from "../legacy/collector-database.ts";
export { readForeignTable } from "../legacy/foreign-sqlite.ts";
export type { Row } from "../db/columns.ts";
export type { Total } from "./recompute.ts";
export type { Findings, MetricFinding } from "./rebuild.ts";
export type { RetiredSeries } from "./retire.ts";
export type { StoredDelivery, StoredFilter } from "./stored-deliveries.ts";
import type { Millis } from "../../time.ts";
import type { Increment } from "../../increment.ts";

/** What is done to a ledger besides taking deliveries: retention, replays, rebuilds, imports. */
export interface Maintenance {
  /** Whether `deleteExpired` would delete anything. */
  hasExpired(before: Millis): Promise<boolean>;
  /** Deletes runs and deliveries that were last heard of before this moment. Totals stay as they are. */
  deleteExpired(before: Millis): Promise<Deleted>;
  /** When the newest delivery arrived; `undefined` where there is none. */
  readLastReceived(): Promise<Millis | undefined>;
  /** Sources that deliveries came to. */
  listSources(): Promise<readonly string[]>;
  /** Takes the bodies of the oldest dead letters of a source, until the others are `bytesMax` at the most. Returns how many. */
  trimDeadLetters(source: string, bytesMax: number): Promise<number>;
  /** Deliveries with a kept body, in the order in which they were received, a page at a time. */
  readStoredDeliveries(filter: StoredFilter): AsyncIterable<readonly StoredDelivery[]>;
  /** What stored completions prove, compared with the totals. */
  compareTotals(): Promise<Findings>;
  /** The same, and adds what is missing. */
  rebuildTotals(): Promise<Findings>;
  listSeries(filter: RetireFilter): Promise<readonly RetiredSeries[]>;
  retireSeries(filter: RetireFilter, now: Millis): Promise<readonly RetiredSeries[]>;
  wasImported(key: string): Promise<boolean>;
  /** Adds totals of another program, once for each `key`. False where that was done before. */
  importTotals(key: string, totals: readonly Increment[], now: Millis): Promise<boolean>;
  /** Settings of this PostgreSQL that may lose what was answered, in words for the log. */
  readDurabilityWarnings(): Promise<readonly string[]>;
}

export function createMaintenance(connection: Connection): Maintenance {
  const { knex } = connection;
  return {
    hasExpired: (before) => hasExpired(knex, before),
    deleteExpired: (before) => deleteExpired(knex, before),
    readLastReceived: () => lastReceived(knex),
    listSources: () => listSources(knex, "deliveries"),
    trimDeadLetters: (source, bytesMax) => trimDeadLetters(knex, source, bytesMax),
    readStoredDeliveries: (filter) => storedDeliveries(knex, filter),
    compareTotals: () => compareTotals(connection),
    rebuildTotals: () => rebuildTotals(connection),
    listSeries: (filter) => listSeries(connection, filter),
    retireSeries: (filter, now) => retireSeries(connection, filter, now),
    wasImported: (key) => wasImported(connection, key),
    importTotals: (key, totals, now) => importTotals(connection, key, totals, now),
    readDurabilityWarnings: () => readDurabilityWarnings(connection),
  };
}
