import type { Counted, Filled } from "../../completion.ts";
import { storedMetrics, type MetricKey } from "../../stored-metrics.ts";
import type { Row } from "../db/columns.ts";
import type { Cell, Rowset } from "../db/rowset.ts";
import { jobCompletionRowset, releaseRowset, runCompletionRowset } from "../db/rowsets.ts";
import { jobCompletionColumns, rollupColumns, runCompletionColumns } from "../db/tables.ts";
import type { SeriesTarget } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Series } from "../../series.ts";
import type { RunRecord } from "../../run-record.ts";

/** A completion of a locked run, and the rollup row that is to count it. */
export interface ToCount {
  readonly runId: number;
  /** The run was created in this transaction, so none of its completions can be stored yet. */
  readonly isNewRun: boolean;
  /** 0: the completion is stored now and counted later. */
  readonly rollupId: number;
  /** The rollup row that is to count the seconds of a job; `null`: none. */
  readonly secondsId: number | null;
  readonly counted: Counted;
}

/** A completion of a locked run that was counted before. */
export interface ToFill extends ToCount {
  readonly counted: Filled;
}

/**
 * Inserts completions and returns those that were not stored before: only they may be counted. The unique key decides, so
 * an attempt counts once, however often and on whichever replica it is proven again. `returning` costs as much as the insert,
 * so a new run does without it: a key that exists there nevertheless fails the batch.
 */
export async function insertRunCompletions(trx: Transaction, all: readonly ToCount[]): Promise<ToCount[]> {
  return insert(trx, runCompletionRowset, all, (c) => toCompletionCells(c, c.counted.completion.order));
}

export async function insertJobCompletions(trx: Transaction, all: readonly ToCount[]): Promise<ToCount[]> {
  return insert(trx, jobCompletionRowset, all, (c) => toCompletionCells(c, c.secondsId));
}

async function insert(
  trx: Transaction,
  rowset: Rowset,
  all: readonly ToCount[],
  toCells: (completion: ToCount) => Cell[],
): Promise<ToCount[]> {
  const ofNewRuns = all.filter(({ isNewRun }) => isNewRun);
  await trx.insert(rowset.name, rowset, ofNewRuns.map(toCells));
  if (ofNewRuns.length === all.length) return ofNewRuns;
  const others = all.filter(({ isNewRun }) => !isNewRun);
  if (trx.insertEach !== undefined) {
    const results = trx.insertEach(rowset.name, rowset, others.map(toCells), "on conflict (run_id, key) do nothing");
    return [...ofNewRuns, ...others.filter((_, i) => results[i]?.changes !== 0)];
  }
  const rows = await trx.write(
    rowset,
    others.map(toCells),
    (from, columns) => `
      insert into ${rowset.name} (${columns}) select ${columns} from ${from} where true
      on conflict (run_id, key) do nothing returning run_id, key`,
  );
  const inserted = new Set(rows.map(toCompletionKey));
  return [...ofNewRuns, ...others.filter(({ runId, counted }) => inserted.delete(`${runId}/${counted.key}`))];
}

/** Counts completions that were stored uncounted; returns those that another transaction has not counted meanwhile. */
export async function releaseJobCompletions(trx: Transaction, all: readonly ToCount[]): Promise<ToCount[]> {
  const rows = await trx.write(
    releaseRowset,
    all.map(({ runId, counted, rollupId, secondsId }) => [runId, counted.key, rollupId, secondsId]),
    (from) => `
      update job_completions set rollup_id = given.rollup_id, seconds_rollup_id = given.seconds_rollup_id from ${from}
      where job_completions.run_id = given.run_id and job_completions.key = given.key and job_completions.rollup_id = 0
      returning job_completions.run_id, job_completions.key`,
  );
  const released = new Set(rows.map(toCompletionKey));
  return all.filter(({ runId, counted }) => released.has(`${runId}/${counted.key}`));
}

/** Adds times that arrived only after the completion was counted; returns those that were really added. */
export async function fillRunCompletions(
  trx: Transaction,
  all: readonly ToFill[],
  findTarget: (series: Series) => SeriesTarget,
): Promise<ToFill[]> {
  const filled: ToFill[] = [];
  for (const fill of all) {
    const { completion, increments, key, renamed } = fill.counted;
    // The run's labels may have changed since it was counted.
    const histogram = (metric: MetricKey) => {
      const observed = increments.find((increment) => increment.metric === metric);
      return observed === undefined ? null : findTarget(observed).id;
    };
    const rows = await trx.query(
      `update run_completions set key = ?, finished_at = coalesce(finished_at, ?),
         duration_seconds = coalesce(duration_seconds, ?), queue_seconds = coalesce(queue_seconds, ?),
         duration_rollup_id = coalesce(duration_rollup_id, ?), queue_rollup_id = coalesce(queue_rollup_id, ?)
       where run_id = ? and key = ? and (duration_seconds is null or queue_seconds is null or finished_at is null)
       returning run_id`,
      [
        renamed,
        completion.finishedAt,
        completion.durationSeconds,
        completion.queueSeconds,
        histogram("runDuration"),
        histogram("runQueue"),
        fill.runId,
        key,
      ],
    );
    if (rows.length > 0) filled.push(fill);
  }
  return filled;
}

/**
 * Moves a run's one queue time from the completion that holds it to the one that it belongs to. The series in which it was
 * observed moves with it: nothing is observed again.
 */
export async function moveQueue(trx: Transaction, runId: number, { completions }: RunRecord): Promise<void> {
  const [owner] = [...completions].filter(([, { queueSeconds }]) => queueSeconds !== null);
  if (owner === undefined) return;
  const [key, { queueSeconds }] = owner;
  const [holder] = await trx.query(
    "select rollup_id, queue_rollup_id from run_completions where run_id = ? and key <> ? and queue_seconds is not null",
    [runId, key],
  );
  if (holder === undefined) return;
  await trx.query("update run_completions set queue_seconds = ?, queue_rollup_id = ? where run_id = ? and key = ?", [
    queueSeconds,
    await findQueueSeries(trx, holder),
    runId,
    key,
  ]);
  await trx.query(
    "update run_completions set queue_seconds = null, queue_rollup_id = null where run_id = ? and key <> ?",
    [runId, key],
  );
}

/**
 * The series in which a completion's queue time was observed. Where the completion does not name it, it has the labels of the
 * completion's counter. Those may differ from the labels of the completion to which the queue time moves: the project may
 * have been renamed.
 */
async function findQueueSeries(trx: Transaction, holder: Row): Promise<number | null> {
  const { queueRollupId, rollupId } = runCompletionColumns;
  const named = queueRollupId.read(holder);
  if (named !== null) return named;
  const counterId = rollupId.read(holder);
  const [counter] = await trx.query("select labels from rollups where id = ?", [counterId]);
  // Retired, and the histogram with it: with the counter's id `rebuild` can see that.
  if (counter === undefined) return counterId;
  const labels = rollupColumns.labels.read(counter).slice(0, storedMetrics.runQueue.labels.length);
  const metric = "runQueue" satisfies MetricKey;
  const [series] = await trx.query("select id from rollups where metric = ? and labels = ?", [
    metric,
    JSON.stringify(labels),
  ]);
  return series === undefined ? null : rollupColumns.id.read(series);
}

/** The key of a stored completion among those of all runs. */
function toCompletionKey(row: Row): string {
  return `${jobCompletionColumns.runId.read(row)}/${jobCompletionColumns.key.read(row)}`;
}

/** The cells of a completion: those of the columns that runs and jobs share, and that of the last column. */
function toCompletionCells({ runId, rollupId, counted: { key, completion } }: ToCount, last: Cell): Cell[] {
  return [
    runId,
    key,
    rollupId,
    completion.result,
    completion.finishedAt,
    completion.queueSeconds,
    completion.durationSeconds,
    last,
  ];
}
