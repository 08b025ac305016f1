import type { AnswerJob } from "../../../answers/answer.ts";
import type { Gate, JobDetail } from "../../model.ts";
import type { RunResult } from "../../states.ts";
import type { Millis } from "../../time.ts";
import { pickColumns } from "../db/columns.ts";
import { jobColumns } from "../db/job-columns.ts";
import type { Engine } from "../db/rowset.ts";
import { createInterner } from "./intern.ts";

/** The columns of jobs as arrays in JSON, and how jobs are made of them. */

const commonColumns = pickColumns(
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
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
  "durationSeconds",
);
/** Few jobs have any of them, so they come as one array of a job, or as null. */
const rareColumns = pickColumns(jobColumns, "gate", "gatedAt", "gateOpenedAt", "detail");

type CommonField = keyof typeof commonColumns;
type RareField = keyof typeof rareColumns;
export type JobField = CommonField | RareField;

const commonFields = Object.keys(commonColumns) as CommonField[];
const rareFields = Object.keys(rareColumns) as RareField[];
export const allJobFields: readonly JobField[] = [...commonFields, ...rareFields];

/** A run and a moment near the jobs; ids and moments come as what they are beyond these. */
type Near = readonly [firstId: number, around: Millis];

const functions = {
  sqlite: { array: "json_array", arrayOfAll: "json_group_array" },
  postgres: { array: "json_build_array", arrayOfAll: "json_agg" },
} as const satisfies Readonly<Record<Engine, unknown>>;

/** An array in SQL for the runs of the jobs, for each of the common fields, and for the rare ones together. */
export function listJobArrays(engine: Engine, fields: readonly JobField[]): string[] {
  const { array, arrayOfAll } = functions[engine];
  const [common, rare] = splitFields(fields);
  const values = ["run_id - first_id", ...common.map(selectCommon)];
  if (rare.length > 0) {
    const names = rare.map((field) => rareColumns[field].name);
    const areNull = names.map((name) => `${name} is null`).join(" and ");
    values.push(`case when ${areNull} then null else ${array}(${names.join(", ")}) end`);
  }
  return values.map((value) => `cast(${arrayOfAll}(${value}) as text)`);
}

function splitFields(fields: readonly JobField[]): readonly [readonly CommonField[], readonly RareField[]] {
  return [commonFields.filter((field) => fields.includes(field)), rareFields.filter((field) => fields.includes(field))];
}

function selectCommon(field: CommonField): string {
  const { name } = commonColumns[field];
  if (field === "queuedAt" || field === "startedAt" || field === "finishedAt") return `${name} - around`;
  if (field === "durationSeconds") return selectSeconds(name);
  return field === "queueSeconds"
    ? `case when ${commonColumns.queuedAt.name} is null then ${selectSeconds(name)} end`
    : name;
}

/** Nearly all are whole milliseconds, and a whole number takes a fraction of the time to write and to parse. */
function selectSeconds(name: string): string {
  return `case when round(${name} * 1000) / 1000.0 = ${name} then cast(round(${name} * 1000) as bigint) else ${name} end`;
}

type Column = readonly unknown[];
/** What few jobs have. */
type RareFacts = Pick<AnswerJob, RareField>;
type Visit = (runId: number, job: AnswerJob) => void;

/**
 * V8 makes properties several times faster when their names are literals. We wrote the cells, so their types are not checked. Texts
 * that repeat are made the same one, so that maps find them without reading them again.
 */
export function createJobDecoder(fields: readonly JobField[]) {
  const intern = createInterner();
  const [common, rare] = splitFields(fields);
  const places = new Map<JobField, number>(common.map((field, i) => [field, i + 1]));
  const decodeRare = createRareDecoder(rare);
  return (texts: readonly (string | null)[], [firstId, around]: Near, visit: Visit): void => {
    const columns = texts.map((text) => (text === null ? [] : (JSON.parse(text) as Column)));
    const pick = (field: CommonField): Column | undefined => columns[places.get(field) ?? -1];
    const c = Object.fromEntries(commonFields.map((field) => [field, pick(field)])) as Record<
      CommonField,
      Column | undefined
    >;
    const { nativeId, name, stage, result, nativeStatus, failureReason, allowFailure, attempt, retries, runnerClass } =
      c;
    const { queuedAt, startedAt, finishedAt, queueSeconds, durationSeconds } = c;
    const rareCells = rare.length > 0 ? columns[common.length + 1] : undefined;
    columns[0]?.forEach((runId, i) => {
      const facts = decodeRare(rareCells?.[i]);
      visit((runId as number) + firstId, {
        nativeId: (nativeId?.[i] ?? "") as string,
        name: intern(name?.[i]),
        stage: intern(stage?.[i]),
        result: intern(result?.[i]) as RunResult | null,
        nativeStatus: intern(nativeStatus?.[i]),
        failureReason: intern(failureReason?.[i]),
        allowFailure: readBoolean(allowFailure?.[i]),
        attempt: (attempt?.[i] ?? null) as number | null,
        retries: (retries?.[i] ?? null) as number | null,
        runnerClass: intern(runnerClass?.[i]),
        gate: facts.gate,
        gatedAt: facts.gatedAt,
        gateOpenedAt: facts.gateOpenedAt,
        detail: facts.detail,
        queuedAt: readMoment(queuedAt?.[i], around),
        startedAt: readMoment(startedAt?.[i], around),
        finishedAt: readMoment(finishedAt?.[i], around),
        queueSeconds: readSeconds(queueSeconds?.[i]),
        durationSeconds: readSeconds(durationSeconds?.[i]),
      });
    });
  };
}

const noFacts: RareFacts = { gate: null, gatedAt: null, gateOpenedAt: null, detail: null };

function createRareDecoder(fields: readonly RareField[]): (cells: unknown) => RareFacts {
  const [gate, gatedAt, gateOpenedAt, detail] = rareFields.map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
    number,
  ];
  return (cells) => {
    if (!Array.isArray(cells)) return noFacts;
    const text: unknown = cells[detail];
    return {
      gate: (cells[gate] ?? null) as Gate | null,
      gatedAt: (cells[gatedAt] ?? null) as Millis | null,
      gateOpenedAt: (cells[gateOpenedAt] ?? null) as Millis | null,
      detail: typeof text === "string" ? (JSON.parse(text) as Partial<JobDetail>) : null,
    };
  };
}

/** SQLite has numbers for booleans. */
function readBoolean(cell: unknown): boolean | null {
  return cell === null || cell === undefined ? null : Boolean(cell);
}

function readMoment(cell: unknown, around: Millis): Millis | null {
  return typeof cell === "number" ? cell + around : null;
}

/** A whole number is milliseconds. */
function readSeconds(cell: unknown): number | null {
  if (typeof cell !== "number") return null;
  return Number.isInteger(cell) ? cell / 1000 : cell;
}
