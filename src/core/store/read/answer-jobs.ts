import type { AnswerJob } from "../../../answers/answer.ts";
import { bigint, json, listNames, pickColumns } from "../db/columns.ts";
import { jobColumns } from "../db/job-columns.ts";
import type { Engine } from "../db/rowset.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";

const columnsOfJob = pickColumns(
  jobColumns,
  "nativeId",
  "name",
  "stage",
  "result",
  "nativeStatus",
  "failureReason",
  "allowFailure",
  "attempt",
  "retries",
  "runnerClass",
  "gate",
  "gatedAt",
  "gateOpenedAt",
  "detail",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
  "durationSeconds",
);
const runId = bigint("run_id");
const jobs = json<readonly (readonly unknown[])[]>("jobs");

/**
 * The jobs of a run as one text: an array of JSON for each job. A driver makes an object of twenty properties in 6 microseconds,
 * and this with its parsing takes 1.6, measured on SQLite for half a million jobs of an answer.
 */
const aggregates: Readonly<Record<Engine, (names: string) => string>> = {
  sqlite: (names) => `json_group_array(json_array(${names}))`,
  postgres: (names) => `cast(json_agg(json_build_array(${names})) as text)`,
};

/** The id is always read. */
export type JobField = Exclude<keyof typeof columnsOfJob, "nativeId">;
const allFields = Object.keys(columnsOfJob) as (keyof typeof columnsOfJob)[];

/** The jobs of these runs, by run. */
export type ReadJobs = (ids: readonly number[]) => Promise<ReadonlyMap<number, readonly AnswerJob[]>>;

/** Reads these fields of jobs; the others are `null`. Without ids no statement runs: an empty list makes SQLite read the whole table. */
export function createJobReader({ trx, engine }: Reading, fields: readonly JobField[] | undefined): ReadJobs {
  const columns = pickColumns(columnsOfJob, "nativeId", ...(fields ?? allFields));
  const aggregate = aggregates[engine](listNames(columns).join(", "));
  const decode = createJobDecoder(Object.keys(columns));
  return async (ids) => {
    if (ids.length === 0) return new Map();
    const query = trx("jobs").whereIn("run_id", ids).groupBy("run_id");
    const rows = toRows(await query.select("run_id", trx.raw(`${aggregate} as jobs`)));
    return new Map(rows.map((row) => [runId.read(row), jobs.read(row).map(decode)]));
  };
}

/** V8 makes properties several times faster when their names are literals. */
function createJobDecoder(names: readonly string[]): (cells: readonly unknown[]) => AnswerJob {
  const c = columnsOfJob;
  const places = allFields.map((field) => [field, names.includes(field) ? names.indexOf(field) : names.length]);
  const p = Object.fromEntries(places) as Readonly<Record<keyof typeof columnsOfJob, number>>;
  return (cells) => ({
    nativeId: c.nativeId.decode(cells[p.nativeId] ?? null),
    name: c.name.decode(cells[p.name] ?? null),
    stage: c.stage.decode(cells[p.stage] ?? null),
    result: c.result.decode(cells[p.result] ?? null),
    nativeStatus: c.nativeStatus.decode(cells[p.nativeStatus] ?? null),
    failureReason: c.failureReason.decode(cells[p.failureReason] ?? null),
    allowFailure: c.allowFailure.decode(cells[p.allowFailure] ?? null),
    attempt: c.attempt.decode(cells[p.attempt] ?? null),
    retries: c.retries.decode(cells[p.retries] ?? null),
    runnerClass: c.runnerClass.decode(cells[p.runnerClass] ?? null),
    gate: c.gate.decode(cells[p.gate] ?? null),
    gatedAt: c.gatedAt.decode(cells[p.gatedAt] ?? null),
    gateOpenedAt: c.gateOpenedAt.decode(cells[p.gateOpenedAt] ?? null),
    detail: c.detail.decode(cells[p.detail] ?? null),
    queuedAt: c.queuedAt.decode(cells[p.queuedAt] ?? null),
    startedAt: c.startedAt.decode(cells[p.startedAt] ?? null),
    finishedAt: c.finishedAt.decode(cells[p.finishedAt] ?? null),
    queueSeconds: c.queueSeconds.decode(cells[p.queueSeconds] ?? null),
    durationSeconds: c.durationSeconds.decode(cells[p.durationSeconds] ?? null),
  });
}
