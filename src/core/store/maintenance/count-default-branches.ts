import { foldBranch, unknownBranch, type BranchRun, type BranchState } from "../../default-branch.ts";
import type { Increment } from "../../increment.ts";
import { isFailed } from "../../job-end.ts";
import { unlimitedBudget } from "../../series-budget.ts";
import { joinLabels, toSeriesKey, type Series } from "../../series.ts";
import type { Millis } from "../../time.ts";
import { waitMillis } from "../../waiting.ts";
import { createDecoder, text } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { defaultBranchRowset } from "../db/rowsets.ts";
import { runSqliteTransaction } from "../db/sqlite-transaction.ts";
import { defaultBranchColumns, runColumns, runCompletionColumns } from "../db/tables.ts";
import { wrapTransaction, type Transaction } from "../db/transaction.ts";
import { addIncrements } from "../record/increments.ts";
import { requireTarget } from "../record/series-cache.ts";
import { resolveSeries } from "../record/series.ts";
import { findBranches, type CountedBranch } from "./find-branches.ts";

/** Pipelines in one transaction: few, so that deliveries wait only briefly. */
const batchSize = 20;

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const branchLock = 7_310_006;

/**
 * Counts how often default branches broke, and how long they were red, of the pipelines whose runs have changed since the last call;
 * with `all` of all of them. Returns the number of pipelines. It reads what is stored, so it also counts what servers of the version
 * before recorded. Safe on several replicas at once, and to stop at any time: see docs/adr/0045.
 */
export async function countDefaultBranches(connection: Connection, now: Millis, all = false): Promise<number> {
  const branches = await findBranches(connection.knex, now - waitMillis, all);
  for (let from = 0; from < branches.length; from += batchSize) {
    const batch = branches.slice(from, from + batchSize);
    await retryWhileBusy(() => inOneTransaction(connection, (trx) => countBatch(trx, batch, now, all)));
    // Lets deliveries in between two batches.
    await new Promise(setImmediate);
  }
  return branches.length;
}

function inOneTransaction<T>(connection: Connection, work: (trx: Transaction) => Promise<T>): Promise<T> {
  if (connection.engine === "sqlite") return runSqliteTransaction(connection, work);
  return connection.knex.transaction((trx) => work(wrapTransaction(trx, connection.bulk)));
}

const decodeState = createDecoder({ ...defaultBranchColumns, labels: text("labels") });
type Stored = ReturnType<typeof decodeState>;

async function countBatch(trx: Transaction, batch: readonly CountedBranch[], now: Millis, all: boolean): Promise<void> {
  // One at a time, so that nothing is counted by two replicas. SQLite has one writer.
  if (trx.bulk.engine === "postgres") await trx.query(`select pg_advisory_xact_lock(${branchLock})`);
  const series = batch.flatMap(({ labels }) => listSeries(labels));
  const wanted = new Map(series.map((one) => [toSeriesKey(one), one]));
  // As many as pipelines, whose own series are bounded: they need no budget of their own.
  const { targets } = await resolveSeries(trx, wanted, { budget: unlimitedBudget, now });
  const findTarget = (one: Series) => requireTarget(targets.get(toSeriesKey(one)), one);
  const increments: Increment[] = [];
  for (const branch of batch) {
    const [row] = await trx.query("select * from default_branches where labels = ?", [JSON.stringify(branch.labels)]);
    const before = row === undefined ? undefined : decodeState(row);
    const after = await countBranch(trx, branch, before, { now, all });
    const [breaks, red] = listSeries(branch.labels) as [Series, Series];
    increments.push({ ...breaks, count: after.breaks - (before?.breaks ?? 0) });
    increments.push({ ...red, count: after.redMillis - (before?.redMillis ?? 0) });
    await save(trx, { ...after, breaksRollupId: findTarget(breaks).id, redRollupId: findTarget(red).id });
  }
  await addIncrements(
    trx,
    increments.filter(({ count }) => count > 0),
    findTarget,
  );
}

function listSeries(labels: readonly string[]): Series[] {
  const joined = joinLabels(...labels);
  return [
    { metric: "defaultBranchBreaks", labels: joined },
    { metric: "defaultBranchRedSeconds", labels: joined },
  ];
}

type Counted = Omit<Stored, "breaksRollupId" | "redRollupId">;

/**
 * What is counted of a branch now: never less than before. Attempts that ended after those that were counted are added to them; where
 * others came too, or times are due, all stored ones are read.
 */
async function countBranch(
  trx: Transaction,
  { labels, seriesIds, runs, events }: CountedBranch,
  before: Stored | undefined,
  { now, all }: { readonly now: Millis; readonly all: boolean },
): Promise<Counted> {
  const base = { labels: JSON.stringify(labels), runs, events };
  const { redMillis = 0, markedAt = null, markedNewest = null } = before ?? {};
  const isDue = markedAt !== null && markedAt <= now - waitMillis;
  if (before !== undefined && !isDue && !all) {
    const added = await readRuns(trx, seriesIds, before.newestAt ?? 0);
    if (added.length === runs - before.runs) {
      const { state, redTimes } = foldBranch(before, added);
      return { ...base, ...state, redMillis, ...mark(state, redTimes.length > 0) };
    }
  }
  const { state, redTimes } = foldBranch(unknownBranch, await readRuns(trx, seriesIds, null));
  const breaks = Math.max(before?.breaks ?? 0, state.breaks);
  const latest = redTimes.at(-1);
  if (!isDue) return { ...base, ...state, breaks, redMillis, ...mark(state, latest !== undefined) };
  // Whatever has arrived until now decides; only which recoveries are old enough was decided when they were marked.
  const old = redTimes.filter(({ until }) => until <= (markedNewest ?? 0));
  const counted = old.reduce((sum, { millis }) => sum + millis, 0);
  const isLeft = latest !== undefined && latest.until > (markedNewest ?? 0);
  const next = isLeft ? { markedAt: now, markedNewest: state.newestAt } : { markedAt: null, markedNewest: null };
  return { ...base, ...state, breaks, redMillis: Math.max(redMillis, counted), ...next };

  function mark({ newestAt }: BranchState, hasRecovered: boolean): Pick<Counted, "markedAt" | "markedNewest"> {
    return markedAt === null && hasRecovered ? { markedAt: now, markedNewest: newestAt } : { markedAt, markedNewest };
  }
}

const decodeRun = createDecoder({
  at: runCompletionColumns.finishedAt,
  result: runCompletionColumns.result,
  order: runCompletionColumns.order,
  nativeId: runColumns.nativeId,
});

/** Attempts that ended after this moment; `null`: all. */
async function readRuns(trx: Transaction, seriesIds: readonly number[], after: Millis | null): Promise<BranchRun[]> {
  const rows = await trx.query(
    `select c.finished_at, c.result, c.attempt_order, runs.native_id
     from run_completions c join runs on runs.id = c.run_id
     where c.rollup_id in (${seriesIds.map(() => "?").join(", ")}) and c.finished_at > ?`,
    [...seriesIds, after ?? -1],
  );
  return rows.map(decodeRun).map(({ at, result, ...run }) => ({ ...run, at: at ?? 0, isRed: isFailed(result) }));
}

async function save(trx: Transaction, state: Stored): Promise<void> {
  const { columns } = defaultBranchRowset;
  const changed = columns.filter((column) => column !== "labels");
  await trx.insert(
    "default_branches",
    defaultBranchRowset,
    [Object.keys(defaultBranchColumns).map((key) => state[key as keyof Stored])],
    `on conflict (labels) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(", ")}`,
  );
}
