import { cutLabel } from "../../series.ts";
import type { RunResult } from "../../states.ts";
import { storedMetrics, type MetricKey } from "../../stored-metrics.ts";
import { createDecoder } from "../db/columns.ts";
import { rollupColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import type { JobDimension, JobSummaryQuery } from "./job-types.ts";

/** The series of jobs with one result, by whose id completions name it: it holds the names under which they count. */
export interface JobSeries {
  readonly id: number;
  readonly result: RunResult;
  /** The number of the group; of those of one number all labels in question are equal. */
  readonly group: number;
}

/** The series that a question is about, and the values of the labels of each group. */
export interface JobSeriesGroups {
  readonly series: readonly JobSeries[];
  readonly keys: readonly Readonly<Partial<Record<JobDimension, string | null>>>[];
}

const jobs = "jobs" satisfies MetricKey;
const labelNames: readonly string[] = storedMetrics[jobs].labels;
const decode = createDecoder({ id: rollupColumns.id, labels: rollupColumns.labels });

/** Whether a dimension is a label of the series. */
export function isLabel(dimension: JobDimension): boolean {
  return labelNames.includes(dimension);
}

/** Retired series keep their names, because the jobs that they counted are still stored. */
export async function readJobSeries({ trx }: Reading, query: JobSummaryQuery): Promise<JobSeriesGroups> {
  const rows = toRows(
    await trx.raw(
      `select id, labels from rollups where metric = ?
       union all select rollup_id, labels from retired_series where metric = ?`,
      [jobs, jobs],
    ),
  );
  const dimensions = query.by.filter(isLabel);
  const groups = new Map<string, number>();
  const keys: Partial<Record<JobDimension, string | null>>[] = [];
  const series: JobSeries[] = [];
  const fits = createLabelFilter(query);
  for (const { id, labels } of rows.map(decode)) {
    const value = (name: string) => labels[labelNames.indexOf(name)] ?? "";
    if (!fits(value)) continue;
    const values = dimensions.map(value);
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? groups.size;
    if (!groups.has(key)) {
      groups.set(key, group);
      keys.push(Object.fromEntries(dimensions.map((dimension, i) => [dimension, values[i] === "" ? null : values[i]])));
    }
    series.push({ id, group, result: value("result") as RunResult });
  }
  return { series, keys };
}

/** The conditions of the question on labels, which are cut to a length. */
function createLabelFilter({ runs, jobs: own }: JobSummaryQuery): (value: (name: string) => string) => boolean {
  const equal = Object.entries({
    provider: runs.provider,
    project: runs.project,
    pipeline: runs.pipeline,
    stage: own.stage,
    job_name: own.jobName,
    task_type: own.taskType,
  }).flatMap(([name, wanted]) => (wanted === undefined ? [] : [[name, cutLabel(wanted)] as const]));
  const part = own.search === undefined ? undefined : toLowerLetters(own.search);
  return (value) =>
    equal.every(([name, wanted]) => value(name) === wanted) &&
    (part === undefined || toLowerLetters(value("job_name")).includes(part));
}

/** A to Z alone, as in lists. */
export function toLowerLetters(value: string): string {
  return value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
