import Database from "better-sqlite3";
import { bucketCount, durationBuckets, storedMetrics, type MetricKey } from "../src/core/stored-metrics.ts";
import { openStore } from "../src/core/store/index.ts";
import { runResults, type RunResult } from "../src/core/states.ts";
import { findBucket } from "../src/core/increment.ts";

/** Enough pipelines for 10,000 series of `cicd_pipeline_runs_total`: one for each result of each. */
const pipelines = Math.ceil(10_000 / runResults.length);

/** The moment of everything that is made here; a fixed one, so that two databases show the same text. */
const now = Date.UTC(2026, 4, 21, 9);

const failing: readonly RunResult[] = ["success", "failure", "cancellation"];

/** How often a run of this pipeline was observed with each of these seconds, which are all bounds of buckets. */
function observations(pipeline: number, seed: number): [seconds: number, count: number][] {
  return durationBuckets.slice(3, 11).flatMap((bound, i) => {
    const count = (pipeline * 7 + seed * 3 + i * 5) % 9;
    return count === 0 ? [] : [[bound, count]];
  });
}

/**
 * Makes a database with the totals of about 150,000 lines of `/metrics`: 10,000 run counters with the histograms that
 * belong to them, and a few runs that have not finished. The rows are those that the ledger would have written.
 */
export async function makeSeries(file: string): Promise<void> {
  const store = await openStore({
    url: `sqlite:${file}`,
    log: { warn: console.error, error: console.error },
    clock: () => now,
    seriesMax: Infinity,
  });
  await store.close();
  const database = open(file);
  const insert = rollupInserter(database);
  database.transaction(() => {
    for (let i = 0; i < pipelines; i++) insertPipeline(i, insert);
    listSeries(database);
    insertRows(database, 1, "deliveries", deliveryColumns, 0);
    insertRows(database, 25, "runs", { ...runColumns, state: "'executing'", result: "null" }, 0);
  })();
  database.close();
}

type Insert = (metric: MetricKey, labels: readonly string[], observed: [number, number][], times?: number) => void;

function rollupInserter(database: Database.Database): Insert {
  const buckets = Array.from({ length: bucketCount }, (_, i) => `bucket_${i}`);
  const columns = ["metric", "labels", "count", "sum_millis", "created_at", ...buckets];
  const exemplar = ["exemplar_run", "exemplar_url", "exemplar_at", "exemplar_seconds"];
  const all = [...columns, ...exemplar];
  const statement = database.prepare(
    `insert into rollups (${all.join(", ")}) values (${all.map(() => "?").join(", ")})`,
  );
  return (metric, labels, observed, times = observed.reduce((sum, [, count]) => sum + count, 0)) => {
    const counts = Array<number>(bucketCount).fill(0);
    let sum = 0;
    const isHistogram = storedMetrics[metric].type === "histogram";
    for (const [seconds, count] of isHistogram ? observed : []) {
      const bucket = findBucket(seconds, durationBuckets);
      counts[bucket] = (counts[bucket] ?? 0) + count;
      sum += seconds * 1000 * count;
    }
    const seconds = isHistogram ? (observed.at(-1)?.[0] ?? null) : null;
    const link =
      times === 0 ? [null, null, null, null] : ["4711", `https://ci.example.com/${labels[1]}/4711`, now, seconds];
    statement.run(metric, JSON.stringify(labels), times, sum, now - 86_400_000, ...counts, ...link);
  };
}

function insertPipeline(i: number, insert: Insert): void {
  const labels = ["gitlab", `team-${i % 40}/service-${String(i).padStart(4, "0")}`, "build and release"];
  const observed = (result: RunResult, seed: number): [number, number][] =>
    failing.includes(result) || (result === "timeout" && i % 2 === 0) ? observations(i, seed) : [];
  runResults.forEach((result, seed) => {
    const seconds = observed(result, seed);
    insert("runs", [...labels, "true", result], seconds);
    if (seconds.length > 0) insert("runDuration", [...labels, "true", result], seconds);
  });
  insert("runQueue", labels, observations(i, 8));
  insert("restarts", labels, [], i % 4);
  insert("recovered", labels, [], i % 3);
}

/** Columns and the SQL of their values: `i` is the row's number, `s` a series of `cicd_pipeline_runs_total`. */
const runColumns = {
  source: "'gitlab'",
  native_id: "cast(i as text)",
  provider: "'gitlab'",
  project: "s.labels ->> 1",
  pipeline: "s.labels ->> 2",
  number: "cast(i as text)",
  ref: "'main'",
  ref_kind: "'branch'",
  default_branch: "1",
  sha: "lower(hex(randomblob(20)))",
  trigger: "'push'",
  url: "'https://ci.example.com/' || i",
  native_status: "'success'",
  state: "'finished'",
  result: "'success'",
  queued_at: `${now} - i * 60`,
  started_at: `${now} - i * 60 + 4000`,
  finished_at: `${now} - i * 60 + 304000`,
  queue_seconds: "4",
  duration_seconds: "300",
  version_epoch: "i",
  version_clock: `${now} - i * 60 + 304000`,
  version_rank: "30",
  unstated: "0",
  first_seen_at: `${now} - i * 60`,
  updated_at: `${now} - i * 60 + 304000`,
};

const deliveryColumns = {
  key: "substr(hex(randomblob(12)), 1, 24)",
  source: "'gitlab'",
  provider: "'gitlab'",
  outcome: "'accepted'",
  received_at: `${now} - i * 60`,
  bytes: "9800",
};

const completionColumns = {
  run_id: "(select id from runs where source = 'gitlab' and native_id = cast(i as text))",
  key: "'success:' || i",
  attempt_order: "i",
  rollup_id: "s.id",
  result: "'success'",
  finished_at: `${now} - i * 60 + 304000`,
  queue_seconds: "4",
  duration_seconds: "300",
};

const chunk = 50_000;

/** Adds `count` finished runs with their deliveries and completions under the series that are there; no total changes. */
export function addHistory(file: string, count: number): void {
  const database = open(file);
  listSeries(database);
  for (let from = 1000; from < count + 1000; from += chunk) {
    const rows = Math.min(chunk, count + 1000 - from);
    database.transaction(() => {
      insertRows(database, rows, "deliveries", deliveryColumns, from);
      insertRows(database, rows, "runs", runColumns, from);
      insertRows(database, rows, "run_completions", completionColumns, from);
    })();
  }
  database.close();
}

/** Touches every series, as deliveries do, so that a scrape has to read it again. No total changes. */
export function moveSeries(file: string): void {
  const database = open(file);
  database.exec("update rollups set exemplar_at = coalesce(exemplar_at, 0) + 1");
  database.close();
}

function insertRows(
  database: Database.Database,
  count: number,
  table: string,
  columns: Readonly<Record<string, string>>,
  from: number,
): void {
  database
    .prepare(
      `with recursive n(i) as (values (${from}) union all select i + 1 from n where i + 1 < ${from + count})
       insert into ${table} (${Object.keys(columns).join(", ")})
       select ${Object.values(columns).join(", ")} from n
       join series as s on s.k = i % ${pipelines}`,
    )
    .run();
}

/** Without flushes: this file is made, not relied on. */
function open(file: string): Database.Database {
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  return database;
}

/** The counters that the rows of a history belong to, by turns. */
function listSeries(database: Database.Database): void {
  database.exec(`create temp table series as
    select row_number() over (order by id) - 1 as k, id, labels from rollups
    where metric = 'runs' and labels ->> 4 = 'success'`);
  database.exec("create unique index temp.series_k on series (k)");
}
