import type { CompletionFacts } from "../../completion.ts";
import type { JobObservation, Observation } from "../../model.ts";
import { isNamed } from "../../waiting.ts";
import type { Cell } from "../db/rowset.ts";
import { buildMonthBounds } from "../db/partitions.ts";
import { jobKeyRowset, jobNameRowset, runIdRowset } from "../db/rowsets.ts";
import type { Row } from "../db/columns.ts";
import { decodeCompletion, decodeJob, decodeRun, decodeSeries, readRunKey, toRunKey } from "../db/rows.ts";
import { jobColumns } from "../db/job-columns.ts";
import { jobCompletionColumns, runColumns, tallyColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";
import type { JobRecord, RunRecord, Tally } from "../../run-record.ts";

/**
 * Reads the stored state of locked runs, by run key. With `observations`, only the jobs and uncounted results that these need;
 * without, all of them.
 */
export async function readRecords(
  trx: Transaction,
  runs: readonly Row[],
  observations?: readonly Observation[],
): Promise<Map<string, RunRecord>> {
  if (runs.length === 0) return new Map();
  const whole = observations === undefined ? new Set(runs) : findWhole(runs, observations);
  const [all, some] = [runs.filter((row) => whole.has(row)), runs.filter((row) => !whole.has(row))];
  const jobs = group([...(await readAll(trx, all, "jobs")), ...(await readConcerned(trx, some, observations ?? []))]);
  const completions = group(await readAll(trx, runs, "run_completions"));
  const waiting = all.filter(isWaiting);
  const uncounted = group(await readAll(trx, waiting, "job_completions", "and t.rollup_id = 0"));
  const tallies = group(await readTallies(trx, waiting));
  return new Map(
    runs.map((row) => [readRunKey(row), readRecord(row, { jobs, completions, kept: uncounted, tallies })]),
  );
}

/** Reads how much runs added to series besides their completions. Metric and labels of a retired series are stored apart. */
function readTallies(trx: Transaction, runs: readonly Row[]): Promise<Row[]> {
  const series = (column: string) => `coalesce(rollups.${column}, retired_series.${column}) as ${column}`;
  return trx.write(
    runIdRowset,
    runs.map((row) => [runColumns.id.read(row)]),
    (from) => `
      select tallies.run_id, tallies.count, ${series("metric")}, ${series("labels")}
      from ${from} join tallies on tallies.run_id = given.run_id
      left join rollups on rollups.id = tallies.rollup_id
      left join retired_series on retired_series.rollup_id = tallies.rollup_id
      where coalesce(rollups.id, retired_series.rollup_id) is not null`,
  );
}

/** A whole delivery with this many jobs has most jobs of its run; reading them one by one would cost more. */
const snapshotMin = 8;

/**
 * Finds the runs of which all jobs are read: those of which a delivery has most jobs; those whose wait may end now, by a
 * delivery about the run itself, or because a server of the version before stored the run's name without ending the wait;
 * rows of a version that did not store what is derived from all jobs; and runs with jobs whose ids may be replaced.
 */
function findWhole(runs: readonly Row[], observations: readonly Observation[]): Set<Row> {
  const listKeys = (chosen: (observation: Observation) => boolean) =>
    new Set(observations.filter(chosen).map(toRunKey));
  const withState = listKeys(({ facts }) => facts.state !== undefined);
  const snapshots = listKeys(({ jobs = [], part }) => jobs.length >= snapshotMin && part !== true);
  const isWhole = (row: Row) => {
    const key = readRunKey(row);
    return (
      runColumns.newestRetry.read(row) === null ||
      snapshots.has(key) ||
      (isWaiting(row) && (withState.has(key) || isNamed(decodeRun(row))))
    );
  };
  return new Set(runs.filter(isWhole));
}

function readAll(trx: Transaction, runs: readonly Row[], table: string, condition = ""): Promise<Row[]> {
  const ids = runs.map((row) => runColumns.id.read(row));
  const months = buildMonthBounds(trx.bulk.engine, "t.run_id", ids);
  return trx.write(
    runIdRowset,
    ids.map((id) => [id]),
    (from) => `select t.* from ${from} join ${table} as t on t.run_id = given.run_id ${months} ${condition}`,
  );
}

/**
 * Reads the observed jobs; for providers that number retries by ids, all jobs with the name of a new one; and in a run in which something
 * ran again, all with their names. A run may have thousands of others, and a delivery about one job must not read them.
 */
async function readConcerned(
  trx: Transaction,
  runs: readonly Row[],
  observations: readonly Observation[],
): Promise<Row[]> {
  const ids = new Map(runs.map((row) => [readRunKey(row), runColumns.id.read(row)]));
  const retried = new Set(runs.filter(hasRetries).map(runColumns.id.read));
  const keys = new Map<string, Cell[]>();
  const names = new Map<string, Cell[]>();
  const eachJob = (visit: (id: number, job: JobObservation, observation: Observation) => void) => {
    for (const observation of observations) {
      const id = ids.get(toRunKey(observation));
      if (id !== undefined) for (const job of observation.jobs ?? []) visit(id, job, observation);
    }
  };
  eachJob((id, { job }) => keys.set(`${id}/${job}`, [id, job]));
  const months = buildMonthBounds(trx.bulk.engine, "t.run_id", [...ids.values()]);
  const observed = await trx.write(
    jobKeyRowset,
    [...keys.values()],
    (from) =>
      `select t.* from ${from} cross join jobs as t
       where t.run_id = given.run_id and t.native_id = given.native_id ${months}`,
  );
  const found = new Set(observed.map(toJobKey));
  eachJob((id, { job, facts: { name = null, retries = 0 } }, { retriesByName, attempt = 1 }) => {
    const isNew = retriesByName === true && !found.has(`${id}/${job}`);
    if (isNew || attempt > 1 || retries > 0 || retried.has(id)) names.set(`${id}/${name}`, [id, name]);
  });
  // SQLite's planner would scan all jobs of the run: it assumes that every run is small.
  const index = trx.bulk.engine === "sqlite" ? "indexed by jobs_name_index" : "";
  // PostgreSQL's index holds the first 200 characters of names.
  const begins = trx.bulk.engine === "postgres" ? " and left(t.name, 200) = left(given.name, 200)" : "";
  const namesakes = await trx.write(
    jobNameRowset,
    [...names.values()],
    (from) => `
      select t.* from ${from} cross join jobs as t ${index} where t.run_id = given.run_id and t.name = given.name${begins} ${months}`,
  );
  return [...observed, ...namesakes.filter((row) => !found.has(toJobKey(row)))];
}

function hasRetries(run: Row): boolean {
  return runColumns.attempt.read(run) > 1 || (runColumns.newestRetry.read(run) ?? 0) > 0;
}

function toJobKey(job: Row): string {
  return `${jobColumns.runId.read(job)}/${jobColumns.nativeId.read(job)}`;
}

function isWaiting(run: Row): boolean {
  return runColumns.waitingSince.read(run) !== null;
}

/** Rows by run id. */
type Rows = ReadonlyMap<number, readonly Row[]>;

type Details = Readonly<Record<"jobs" | "completions" | "kept" | "tallies", Rows>>;

function readRecord(row: Row, { jobs, completions, kept: uncounted, tallies }: Details): RunRecord {
  const id = runColumns.id.read(row);
  const executions = runColumns.executions.read(row);
  return {
    folded: decodeRun(row),
    attempt: runColumns.attempt.read(row),
    restarts: runColumns.restarts.read(row),
    recovered: runColumns.recovered.read(row),
    jobs: new Map((jobs.get(id) ?? []).map((job) => [jobColumns.nativeId.read(job), readJob(job)])),
    completions: readCompletions(completions.get(id)),
    newestRetry: runColumns.newestRetry.read(row) ?? undefined,
    waiting: isWaiting(row)
      ? { results: readCompletions(uncounted.get(id)), counted: (tallies.get(id) ?? []).map(readTally) }
      : undefined,
    // Null: the id belongs to one run only, or an older version wrote the row.
    ...(executions === null ? {} : { executions }),
  };
}

function readCompletions(rows: readonly Row[] = []): Map<string, CompletionFacts> {
  return new Map(rows.map((row) => [jobCompletionColumns.key.read(row), decodeCompletion(row)]));
}

function readTally(row: Row): Tally {
  return { ...decodeSeries(row), count: tallyColumns.count.read(row) };
}

function readJob(row: Row): JobRecord {
  return { folded: decodeJob(row), taskType: jobColumns.taskType.read(row) };
}

function group(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const id = jobColumns.runId.read(row);
    const members = groups.get(id);
    if (members === undefined) groups.set(id, [row]);
    else members.push(row);
  }
  return groups;
}
