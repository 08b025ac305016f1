import type { CompletionFacts } from "../../completion.ts";
import type { JobObservation, Observation } from "../../model.ts";
import { isNamed } from "../../waiting.ts";
import type { Cell } from "../db/rowset.ts";
import { jobKeyRowset, jobNameRowset, runIdRowset } from "../db/rowsets.ts";
import type { Row } from "../db/columns.ts";
import { decodeCompletion, decodeJob, decodeRun, decodeSeries, readRunKey, runKey } from "../db/rows.ts";
import { jobColumns, jobCompletionColumns, runColumns, tallyColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";
import type { JobRecord, RunRecord, Tally } from "../../run-record.ts";

/**
 * Reads what is known of locked runs, by run key. Of jobs, and of results that wait, only what `observations` concern;
 * without them all of it.
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
  const kept = group(await readAll(trx, waiting, "job_completions", "where t.rollup_id = 0"));
  const tallies = group(await readTallies(trx, waiting));
  return new Map(runs.map((row) => [readRunKey(row), readRecord(row, { jobs, completions, kept, tallies })]));
}

/** What runs added to series besides their completions. A series that was retired since is told of by what it was. */
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

/** A delivery about more jobs than this tells of most of its run's, if it is whole; reading those one by one would cost more. */
const snapshotMin = 8;

/**
 * Runs of which all jobs are read: those of which a delivery tells most jobs, those whose wait a delivery about the run
 * itself may end, or that has ended unseen (a server of the version before was told the run's name and knows of no wait),
 * those that a version wrote that did not keep what is derived from all jobs, and those that hold jobs which may take on
 * other ids.
 */
function findWhole(runs: readonly Row[], observations: readonly Observation[]): Set<Row> {
  const listKeys = (chosen: (said: Observation) => boolean) => new Set(observations.filter(chosen).map(runKey));
  const told = listKeys(({ facts }) => facts.state !== undefined);
  const snapshots = listKeys(({ jobs = [], part }) => jobs.length >= snapshotMin && part !== true);
  const isWhole = (row: Row) => {
    const key = readRunKey(row);
    return (
      runColumns.newestRetry.read(row) === null ||
      snapshots.has(key) ||
      (isWaiting(row) && (told.has(key) || isNamed(decodeRun(row))))
    );
  };
  return new Set(runs.filter(isWhole));
}

function readAll(trx: Transaction, runs: readonly Row[], table: string, where = ""): Promise<Row[]> {
  const ids = runs.map((row) => [runColumns.id.read(row)]);
  return trx.write(
    runIdRowset,
    ids,
    (from) => `select t.* from ${from} join ${table} as t on t.run_id = given.run_id ${where}`,
  );
}

/**
 * The jobs that observations tell of, and where ids tell of retries, of those that are new all that have their names. A run
 * may have thousands of others, and a delivery about one job must not cost what they do.
 */
async function readConcerned(
  trx: Transaction,
  runs: readonly Row[],
  observations: readonly Observation[],
): Promise<Row[]> {
  const ids = new Map(runs.map((row) => [readRunKey(row), runColumns.id.read(row)]));
  const keys = new Map<string, Cell[]>();
  const names = new Map<string, Cell[]>();
  const eachJob = (visit: (id: number, job: JobObservation, said: Observation) => void) => {
    for (const said of observations) {
      const id = ids.get(runKey(said));
      if (id !== undefined) for (const job of said.jobs ?? []) visit(id, job, said);
    }
  };
  eachJob((id, { job }) => keys.set(`${id}/${job}`, [id, job]));
  const known = await trx.write(
    jobKeyRowset,
    [...keys.values()],
    (from) =>
      `select t.* from ${from} cross join jobs as t where t.run_id = given.run_id and t.native_id = given.native_id`,
  );
  const found = new Set(known.map(nameRow));
  eachJob((id, { job, facts: { name = null } }, { retriesByName }) => {
    if (retriesByName === true && !found.has(`${id}/${job}`)) names.set(`${id}/${name}`, [id, name]);
  });
  // SQLite would rather look through all jobs of the run: it takes every run for a small one.
  const index = trx.bulk.engine === "sqlite" ? "indexed by jobs_name_index" : "";
  // Its index holds the beginnings of names.
  const begins = trx.bulk.engine === "postgres" ? " and left(t.name, 200) = left(given.name, 200)" : "";
  const namesakes = await trx.write(
    jobNameRowset,
    [...names.values()],
    (from) => `
      select t.* from ${from} cross join jobs as t ${index} where t.run_id = given.run_id and t.name = given.name${begins}`,
  );
  return [...known, ...namesakes.filter((row) => !found.has(nameRow(row)))];
}

function nameRow(job: Row): string {
  return `${jobColumns.runId.read(job)}/${jobColumns.nativeId.read(job)}`;
}

function isWaiting(run: Row): boolean {
  return runColumns.waitingSince.read(run) !== null;
}

/** Rows by run id. */
type Rows = ReadonlyMap<number, readonly Row[]>;

type Details = Readonly<Record<"jobs" | "completions" | "kept" | "tallies", Rows>>;

function readRecord(row: Row, { jobs, completions, kept, tallies }: Details): RunRecord {
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
      ? { results: readCompletions(kept.get(id)), counted: (tallies.get(id) ?? []).map(readTally) }
      : undefined,
    // Null: the id is of one run only, or a version that did not know of others wrote the row.
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
