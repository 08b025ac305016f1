import { storedMetrics, type MetricKey } from "../../stored-metrics.ts";
import { createDecoder, text } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { retiredRowset } from "../db/rowsets.ts";
import { rollupColumns } from "../db/tables.ts";
import { lockRollups, lockShards } from "../record/increments.ts";
import { lockSeries } from "../record/series.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { cutLabel } from "../../series.ts";

/** The project whose series are retired. */
export interface RetireFilter {
  readonly project: string;
  /** Left out: every provider. */
  readonly provider?: string | undefined;
}

export interface RetiredSeries {
  readonly id: number;
  readonly metric: MetricKey;
  /** As they are stored: a JSON array. */
  readonly labels: string;
}

/** The series that `retireSeries` would retire. */
export async function listSeries(connection: Connection, filter: RetireFilter): Promise<RetiredSeries[]> {
  return connection.knex.transaction((trx) => findOwned(wrapTransaction(trx, connection.bulk), filter));
}

/**
 * Deletes the series of a project that is gone, so that others may use its budget. They disappear from `/metrics`, so that
 * Prometheus marks them as stale and sees no reset; a later event of the project begins new series with new ids. The old ids
 * are stored, so that a rebuild does not bring back what stored completions prove of them.
 *
 * Servers may run meanwhile: what they add to a deleted series is rolled back and retried, with a new series
 * (src/core/store/db/stale-series.ts). A rebuild that is under way stops, because its findings may have been retired.
 */
export async function retireSeries(
  connection: Connection,
  filter: RetireFilter,
  now: number,
): Promise<RetiredSeries[]> {
  return retryWhileBusy(() =>
    connection.knex.transaction(async (knexTrx) => {
      const trx = wrapTransaction(knexTrx, connection.bulk);
      // The first statement writes: it takes SQLite's lock.
      await trx.query("delete from maintenance where key = 'rebuild'");
      await lockSeries(trx);
      const found = await findOwned(trx, filter);
      await remove(trx, found, now);
      return found;
    }),
  );
}

/** The index of a metric's label; -1: the metric does not have it. */
function findLabel(metric: MetricKey, name: string): number {
  const labels: readonly string[] = storedMetrics[metric]?.labels ?? [];
  return labels.indexOf(name);
}

async function findOwned(trx: Transaction, { project, provider }: RetireFilter): Promise<RetiredSeries[]> {
  const rows = await trx.query("select id, metric, labels from rollups order by id");
  const isOwned = (metric: MetricKey, values: readonly string[]) => {
    const [projectAt, providerAt] = [findLabel(metric, "project"), findLabel(metric, "provider")];
    if (projectAt < 0 || values[projectAt] !== cutLabel(project)) return false;
    return provider === undefined || values[providerAt] === provider;
  };
  return rows
    .filter((row) => isOwned(rollupColumns.metric.read(row), rollupColumns.labels.read(row)))
    .map(createDecoder({ id: rollupColumns.id, metric: rollupColumns.metric, labels: text("labels") }));
}

/**
 * Rows are locked in the order of their ids, as deliveries lock them; shards first, because a delivery whose shard gets a row
 * locks the series after it. With a series its shards are deleted.
 */
async function remove(trx: Transaction, found: readonly RetiredSeries[], now: number): Promise<void> {
  if (found.length === 0) return;
  const ids = found.map(({ id }) => id);
  await lockShards(trx, ids);
  await lockRollups(trx, ids, "update");
  const rows = found.map(({ id, metric, labels }) => [id, metric, labels, now]);
  await trx.write(
    retiredRowset,
    rows,
    (from, columns) => `insert into retired_series (${columns}) select ${columns} from ${from} where true`,
  );
  await trx.write(
    retiredRowset,
    rows,
    (from) => `delete from rollups where id in (select given.rollup_id from ${from})`,
  );
}
