import type { Connection } from "../db/connect.ts";
import { listSources } from "../db/distinct.ts";
import { isPartitioned, makePartitions } from "../db/partitions.ts";
import { readDurabilityWarnings } from "../db/durability.ts";
import { deleteExpired, type Deleted } from "../record/delete-expired.ts";
import { turnOnCollector } from "../legacy/collector-mode.ts";
import { numberEarlierRuns } from "../legacy/number-earlier-runs.ts";
import { trimDeadLetters } from "./dead-letters.ts";
import { countDefaultBranches } from "./count-default-branches.ts";
import { compareDayTimes, createLocalSteps, fillDayTimes, rebuildDayTimes, type CubeSteps } from "./fill-day-times.ts";
import { importTotals, wasImported } from "./import-totals.ts";
import { compareTotals, rebuildTotals, type Findings } from "./rebuild.ts";
import {
  createLocalPartialSteps,
  updatePartialAnswers,
  type PartialSteps,
  type UpdatedPartials,
  type UpdateOptions,
} from "./partial-answers.ts";
import { hasExpired, readLastReceived } from "./retention.ts";
import { listSeries, retireSeries, type RetiredSeries, type RetireFilter } from "./retire.ts";
import type { Step } from "./recompute.ts";
import {
  countStoredDeliveries,
  readStoredDeliveries,
  type StoredCount,
  type StoredDelivery,
  type StoredFilter,
} from "./stored-deliveries.ts";

export { copyLedger } from "./copy.ts";
export { withExportSource, type ExportSource } from "./export.ts";
export type { DayFingerprint } from "./export-days.ts";
export type { ExportedRows, ExportKind } from "./export-items.ts";
export { migrateDatabase } from "./migrate-database.ts";
export { readOldCollector, type OldCollector, type OldPipeline } from "../legacy/collector-database.ts";
export { readForeignTable } from "../legacy/foreign-sqlite.ts";
export type { Row } from "../db/columns.ts";
export type { Step, Total } from "./recompute.ts";
export type { Findings, MetricFinding } from "./rebuild.ts";
export type { RetiredSeries } from "./retire.ts";
export type { StoredCount, StoredDelivery, StoredFilter } from "./stored-deliveries.ts";
import type { Millis } from "../../time.ts";
import type { Increment } from "../../increment.ts";

/** Operations on a ledger besides taking deliveries: retention, replays, rebuilds, imports. */
export interface Maintenance {
  /** Whether `deleteExpired` would delete anything. */
  hasExpired(before: Millis): Promise<boolean>;
  /** Deletes runs whose last delivery came before this moment, and deliveries received before it. Totals stay. */
  deleteExpired(before: Millis): Promise<Deleted>;
  /** Makes partitions of the next months, where the ledger has any. Returns the months that were made, such as 2611. */
  makePartitions(): Promise<readonly number[]>;
  /** The arrival of the newest delivery; `undefined`: there are no deliveries. */
  readLastReceived(): Promise<Millis | undefined>;
  /** Sources that have received deliveries. */
  listSources(): Promise<readonly string[]>;
  /** Deletes the oldest dead letters' bodies of a source until at most `bytesMax` bytes remain. Returns how many. */
  trimDeadLetters(source: string, bytesMax: number): Promise<number>;
  /** Deliveries whose body is stored, in the order in which they were received, a page at a time. */
  readStoredDeliveries(filter: StoredFilter): AsyncIterable<readonly StoredDelivery[]>;
  /** How many deliveries there are, with and without a stored body. */
  countStoredDeliveries(filter: StoredFilter): Promise<StoredCount>;
  /** Compares the totals with the stored completions. */
  compareTotals(onStep?: Step): Promise<Findings>;
  /** The same, and adds what the totals lack. */
  rebuildTotals(onStep?: Step): Promise<Findings>;
  /** The number of rows of the day cube that are not what the stored jobs prove. */
  compareDayTimes(onStep?: Step): Promise<number>;
  /** Corrects them. */
  rebuildDayTimes(now: Millis, onStep?: Step): Promise<number>;
  /** The same, where an upgrade may have left rows out; `undefined`: it did not. */
  fillDayTimes(now: Millis): Promise<number | undefined>;
  /** Counts how often default branches broke and how long they were red, where runs have changed. Returns the number of pipelines. */
  countDefaultBranches(now: Millis): Promise<number>;
  /** Makes what insights keep of hours and days; on a small ledger it does nothing. */
  updatePartialAnswers(now: Millis, options?: UpdateOptions): Promise<UpdatedPartials>;
  listSeries(filter: RetireFilter): Promise<readonly RetiredSeries[]>;
  retireSeries(filter: RetireFilter, now: Millis): Promise<readonly RetiredSeries[]>;
  wasImported(key: string): Promise<boolean>;
  /** Adds totals of another program, once for each `key`. Returns false when that was done before. */
  importTotals(key: string, totals: readonly Increment[], now: Millis): Promise<boolean>;
  /** Warnings for the log: settings of this PostgreSQL with which a crash may lose acknowledged deliveries. */
  readDurabilityWarnings(): Promise<readonly string[]>;
  /** Fills the old collector's tables from now on, for every run; false where they were filled before. */
  turnOnCollector(now: Millis): Promise<boolean>;
  /**
   * Adds the runs that were recorded before that to them, until `signal` says to stop. Returns how many; a part of them
   * where other replicas are at it.
   */
  numberEarlierRuns(signal?: AbortSignal): Promise<number>;
}

/** What a server with threads does in them; left out: in this thread. */
export interface ThreadSteps extends CubeSteps {
  readonly deleteExpired: Maintenance["deleteExpired"];
}

export function createMaintenance(
  connection: Connection,
  elsewhere?: ThreadSteps,
  partials: PartialSteps = createLocalPartialSteps(connection),
): Maintenance {
  const { knex } = connection;
  const steps = elsewhere ?? createLocalSteps(connection);
  return {
    hasExpired: (before) => hasExpired(connection, before),
    deleteExpired: elsewhere?.deleteExpired ?? ((before) => deleteExpired(connection, before)),
    makePartitions: async () => ((await isPartitioned(knex, connection.engine)) ? makePartitions(knex) : []),
    readLastReceived: () => readLastReceived(knex),
    listSources: () => listSources(knex, "deliveries"),
    trimDeadLetters: (source, bytesMax) => trimDeadLetters(connection, source, bytesMax),
    countStoredDeliveries: (filter) => countStoredDeliveries(knex, filter),
    readStoredDeliveries: (filter) => readStoredDeliveries(knex, filter),
    compareTotals: (onStep) => compareTotals(connection, onStep),
    async rebuildTotals(onStep) {
      await countDefaultBranches(connection, Date.now(), true);
      return rebuildTotals(connection, onStep);
    },
    countDefaultBranches: (now) => countDefaultBranches(connection, now),
    compareDayTimes: (onStep) => compareDayTimes(connection, steps, onStep),
    rebuildDayTimes: (now, onStep) => rebuildDayTimes(connection, steps, now, onStep),
    fillDayTimes: (now) => fillDayTimes(connection, steps, now),
    updatePartialAnswers: (now, options) => updatePartialAnswers(partials, now, options),
    listSeries: (filter) => listSeries(connection, filter),
    retireSeries: (filter, now) => retireSeries(connection, filter, now),
    wasImported: (key) => wasImported(connection, key),
    importTotals: (key, totals, now) => importTotals(connection, key, totals, now),
    readDurabilityWarnings: () => readDurabilityWarnings(connection),
    turnOnCollector: (now) => turnOnCollector(connection, now),
    numberEarlierRuns: (signal) => numberEarlierRuns(connection, signal),
  };
}
