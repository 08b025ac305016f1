import type { Knex } from "knex";
import type { AnswerJob } from "../../../answers/answer.ts";
import type { Gate, JobDetail } from "../../model.ts";
import type { RunResult } from "../../states.ts";
import { bigint, json, listNames, pickColumns } from "../db/columns.ts";
import { readArrays } from "../db/connect.ts";
import { jobColumns } from "../db/job-columns.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { createInterner } from "./intern.ts";

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

export type JobField = keyof typeof columnsOfJob;
const allFields = Object.keys(columnsOfJob) as JobField[];

/** Which jobs of a run are read, and what of them. */
export interface AnswerJobOptions {
  /** The other fields are `null`, and `nativeId` is empty: each column takes a twentieth of the time of all. Default: all. */
  readonly fields?: readonly JobField[];
  /** A condition in SQL on columns of `jobs`. Default: all jobs. */
  readonly only?: string;
}

/** The cells of a job in the order of the selected columns, and then a null. */
type Cells = readonly unknown[];

/** The jobs of these runs, by run. */
export type ReadJobs = (ids: readonly number[]) => Promise<ReadonlyMap<number, readonly AnswerJob[]>>;

/** Without ids no statement runs: an empty list makes SQLite read the whole table. */
export function createJobReader({ trx, engine }: Reading, { fields = allFields, only }: AnswerJobOptions): ReadJobs {
  const names = listNames(pickColumns(columnsOfJob, ...fields));
  const decode = createJobDecoder(fields);
  const select = engine === "sqlite" ? selectRows : selectTexts;
  return async (ids) => {
    const groups = new Map<number, AnswerJob[]>();
    if (ids.length > 0) {
      const where = `run_id in (${ids.map(() => "?").join(", ")})${only === undefined ? "" : ` and ${only}`}`;
      await select(trx, names, where, ids, (runId, cells) => {
        const group = groups.get(runId);
        if (group === undefined) groups.set(runId, [decode(cells)]);
        else group.push(decode(cells));
      });
    }
    return groups;
  };
}

type Visit = (runId: number, cells: Cells) => void;

/** SQLite's driver makes arrays of cells in less time than a text takes to make and parse. */
async function selectRows(
  trx: Knex,
  names: readonly string[],
  where: string,
  ids: readonly number[],
  visit: Visit,
): Promise<void> {
  const rows = await readArrays(trx, `select ${names.join(", ")}, null, run_id from jobs where ${where}`, ids);
  for (const row of rows) visit(row[names.length + 1] as number, row);
}

const runId = bigint("run_id");
const jobs = json<readonly Cells[]>("jobs");

/** PostgreSQL's driver takes longer for a row of twenty cells than for a text with all jobs of a run. */
async function selectTexts(
  trx: Knex,
  names: readonly string[],
  where: string,
  ids: readonly number[],
  visit: Visit,
): Promise<void> {
  const text = `cast(json_agg(json_build_array(${names.join(", ")}, null)) as text)`;
  const query = `select run_id, ${text} as jobs from jobs where ${where} group by run_id`;
  for (const row of toRows(await trx.raw(query, [...ids])))
    for (const cells of jobs.read(row)) visit(runId.read(row), cells);
}

/**
 * V8 makes properties several times faster when their names are literals. We wrote the cells, so their types are not checked. Texts
 * that repeat are made the same one, so that maps find them without reading them again.
 */
function createJobDecoder(fields: readonly JobField[]): (cells: Cells) => AnswerJob {
  const places = allFields.map((field) => [field, fields.includes(field) ? fields.indexOf(field) : fields.length]);
  const p = Object.fromEntries(places) as Readonly<Record<JobField, number>>;
  const intern = createInterner();
  return (cells) => ({
    nativeId: (cells[p.nativeId] ?? "") as string,
    name: intern(cells[p.name]),
    stage: intern(cells[p.stage]),
    result: intern(cells[p.result]) as RunResult | null,
    nativeStatus: intern(cells[p.nativeStatus]),
    failureReason: intern(cells[p.failureReason]),
    allowFailure: cells[p.allowFailure] === null ? null : Boolean(cells[p.allowFailure]),
    attempt: cells[p.attempt] as number | null,
    retries: cells[p.retries] as number | null,
    runnerClass: intern(cells[p.runnerClass]),
    gate: cells[p.gate] as Gate | null,
    gatedAt: cells[p.gatedAt] as number | null,
    gateOpenedAt: cells[p.gateOpenedAt] as number | null,
    detail: parseDetail(cells[p.detail]),
    queuedAt: cells[p.queuedAt] as number | null,
    startedAt: cells[p.startedAt] as number | null,
    finishedAt: cells[p.finishedAt] as number | null,
    queueSeconds: cells[p.queueSeconds] as number | null,
    durationSeconds: cells[p.durationSeconds] as number | null,
  });
}

function parseDetail(cell: unknown): Partial<JobDetail> | null {
  return typeof cell === "string" ? (JSON.parse(cell) as Partial<JobDetail>) : null;
}
