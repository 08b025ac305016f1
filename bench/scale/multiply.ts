import { buildAddition, buildWorthSql } from "../../src/core/store/db/day-times.ts";
import { dayTimeRowset } from "../../src/core/store/db/rowsets.ts";
import { summedNames } from "../../src/core/store/db/tables.ts";
import { copyTables } from "../../src/core/store/maintenance/copy-tables.ts";
import { templateMillis, templateRuns } from "./template.ts";

/** Runs statements on a database. */
export interface Executor {
  readonly engine: "sqlite" | "postgres";
  readonly execute: (sql: string) => Promise<void>;
}

/** Copies in one transaction, and in one addition to the day cube. */
const copiesOfStep = 10;

/** A column's value in a copy, by the shift of each kind of value. */
type Shift = (column: string, by: Shifts) => string;

interface Shifts {
  /** Of ids of runs and deliveries. */
  readonly ids: number;
  /** Of the sender's ids of runs; its ids of jobs shift ten times as far. */
  readonly nativeIds: number;
  readonly millis: number;
}

const shiftId: Shift = (column, { ids }) => `${column} + ${ids}`;
const shiftTime: Shift = (column, { millis }) => `${column} + ${millis}`;
const shiftRun: Shift = (column, { nativeIds }) => `cast(cast(${column} as bigint) + ${nativeIds} as text)`;
const shiftJob: Shift = (column, { nativeIds }) => `cast(cast(${column} as bigint) + ${nativeIds * 10} as text)`;
const shiftUrl =
  (shift: Shift): Shift =>
  (column, by) =>
    `replace(${column}, native_id, ${shift("native_id", by)})`;

const times = Object.fromEntries(
  ["queued_at", "started_at", "finished_at", "first_seen_at", "updated_at", "received_at", "version_clock"].map(
    (column) => [column, shiftTime],
  ),
);

/** What differs between copies, by table; everything else is the same. */
const shifted: Readonly<Record<string, Readonly<Record<string, Shift>>>> = {
  runs: {
    ...times,
    id: shiftId,
    native_id: shiftRun,
    number: shiftRun,
    sha: (column, { nativeIds }) => `substr(${nativeIds} || ${column}, 1, 40)`,
    url: shiftUrl(shiftRun),
  },
  jobs: { ...times, run_id: shiftId, native_id: shiftJob, url: shiftUrl(shiftJob) },
  run_completions: { ...times, run_id: shiftId },
  job_completions: { ...times, run_id: shiftId, key: shiftJob },
  deliveries: { ...times, id: shiftId },
};

/** What ids are called elsewhere, and the table that gives them out. */
const namedIds = { run_id: "runs", id: "deliveries" } as const;

/** Keys of deliveries are hashes, so those of copies must be in no order either. */
const randomKey = { sqlite: "lower(hex(randomblob(12)))", postgres: "substr(md5(random()::text), 1, 24)" } as const;

const tables = copyTables.filter(({ table }) => shifted[table] !== undefined);

/**
 * Makes `copies` copies of the recorded runs of a database, the oldest first and the recorded ones at the end, as rows that lie
 * where a server would have put them. Totals and the day cube are what so many runs are worth. After an interruption it goes on
 * with the copy `from`.
 */
export async function multiply(executor: Executor, copies: number, from = 0): Promise<void> {
  const { engine, execute } = executor;
  if (from === 0) await makeTemplate(executor);
  for (let step = from; step < copies; step += copiesOfStep) {
    const to = Math.min(step + copiesOfStep, copies);
    await execute("begin");
    for (let copy = step; copy < to; copy++) {
      for (const { table, columns, key } of tables) {
        const values = columns.map((column) => selectShifted(engine, table, column, copy, copies));
        await execute(
          `insert into ${table} (${columns.join(", ")}) select ${values.join(", ")} from template_${table} order by ${key.join(", ")}`,
        );
      }
    }
    const range = `run_id > ${step * templateRuns} and run_id <= ${to * templateRuns}`;
    await execute(
      buildAddition(
        dayTimeRowset.list,
        `select day, rollup_id, bucket, 0, count, sum_millis from (${buildWorthSql(engine, range)}) as worth where true
         order by day, rollup_id, bucket`,
      ),
    );
    await execute("commit");
    process.stderr.write(`${to * templateRuns} runs\n`);
  }
  for (const { table } of tables) await execute(`drop table template_${table}`);
  await execute(`update rollups set ${summedNames.map((column) => `${column} = ${column} * ${copies}`).join(", ")}`);
}

/** Moves the recorded rows to tables of their own, with ids that have no gaps. */
async function makeTemplate({ execute }: Executor): Promise<void> {
  for (const { table } of tables) {
    await execute(`create table template_${table} as select * from ${table}`);
    await execute(`delete from ${table}`);
  }
  for (const [ids, from] of Object.entries(namedIds)) {
    // PostgreSQL's ids have gaps.
    await execute(
      `create table template_ids as select id, row_number() over (order by id) as place from template_${from}`,
    );
    for (const { table, columns } of tables) {
      const column = table === from ? "id" : ids;
      if (!columns.includes(column) || (table !== from && ids === "id")) continue;
      await execute(
        `update template_${table} set ${column} = place from template_ids where template_ids.id = template_${table}.${column}`,
      );
    }
    await execute("drop table template_ids");
  }
  await execute("delete from day_times");
}

function selectShifted(
  engine: Executor["engine"],
  table: string,
  column: string,
  copy: number,
  copies: number,
): string {
  if (table === "deliveries" && column === "key") return randomKey[engine];
  const ids = copy * templateRuns;
  // The recorded runs keep their ids at the sender, so that further ones may follow.
  const nativeIds = (copy + 1 - copies) * templateRuns;
  const millis = (copy + 1 - copies) * templateMillis;
  return shifted[table]?.[column]?.(column, { ids, nativeIds, millis }) ?? column;
}
