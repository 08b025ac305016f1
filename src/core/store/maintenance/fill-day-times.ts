import { randomUUID } from "node:crypto";
import { dayMillis, type Millis } from "../../time.ts";
import { bigint } from "../db/columns.ts";
import type { Connection } from "../db/connect.ts";
import { endOperation, readProgress, takeOverOperation } from "../db/progress.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { dayTimeFillColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import { gapColumns, type SeriesRange } from "../read/day-times-gap.ts";
import { readFrom } from "../read/queries.ts";
import type { Step } from "./recompute.ts";
import { correctDayTimes, type CubeChange } from "../record/correct-day-times.ts";

/** Completions that are added up at once, by what a database sorts in some hundred megabytes; each time all completions are read. */
const completionsMax = 5_000_000;
/** Rows of the gap that are in memory at once. */
const rowsMax = 100_000;
/** Rows of the day cube that are corrected in one transaction. */
const batchRows = 500;
/** A comparison without a step for so long was interrupted: a step, over `completionsMax` completions, takes minutes. */
const abandonedMillis = 3_600_000;
/** A server of the version before does not fill the day cube: after so long the last one has been replaced. */
const upgradeMillis = dayMillis;

/** Where the day cube is compared and corrected: a server does it in the threads that read and write. */
export interface CubeSteps {
  readonly readGap: (range: SeriesRange) => Promise<Float64Array>;
  readonly correct: (correction: CubeChange) => Promise<void>;
}

export function createLocalSteps(connection: Connection): CubeSteps {
  return {
    readGap: (range) => readFrom(connection, "dayTimesGap", range),
    correct: (correction) => correctDayTimes(connection, correction),
  };
}

/** The number of rows of the day cube that are not what the stored jobs prove. Writes nothing. */
export async function compareDayTimes(connection: Connection, { readGap }: CubeSteps, onStep?: Step): Promise<number> {
  let rows = 0;
  for await (const gap of readGaps(connection, readGap, onStep)) rows += gap.length / gapColumns;
  return rows;
}

/**
 * All that the cube lacks or has too much, part by part: a part without a gap is empty, and tells that the comparison goes on. Rows that
 * are corrected meanwhile are not read again.
 */
async function* readGaps(
  connection: Connection,
  readGap: CubeSteps["readGap"],
  onStep: Step = () => undefined,
): AsyncGenerator<Float64Array> {
  const ranges = await listRanges(connection);
  for (const [i, range] of ranges.entries()) {
    onStep(i, ranges.length);
    let gap = await readGap({ ...range, rowsMax });
    yield gap;
    while (gap.length > 0) {
      const [day = 0, series = 0, bucket = 0] = gap.subarray(-gapColumns);
      gap = await readGap({ ...range, from: series, after: [series, day, bucket], rowsMax });
      yield gap;
    }
  }
}

/**
 * Adds to the day cube what it lacks of the stored jobs, and takes out what it has too much. Returns the number of corrected
 * rows. A delivery and retention change the cube and the completions alike, so servers may run meanwhile. After an
 * interruption the next call goes on; of two at once the one that began first stops.
 */
export async function rebuildDayTimes(
  connection: Connection,
  steps: CubeSteps,
  now: Millis,
  onStep?: Step,
): Promise<number> {
  const [claim, begunAt] = [randomUUID(), performance.now()];
  let step = 0;
  const describeStep = () => `${claim} ${step++} ${Math.round(now + performance.now() - begunAt)}`;
  let state = describeStep();
  await retryWhileBusy(() => takeOverOperation(connection.knex, "day_times", state));
  const correct = async (rows: readonly (readonly number[])[]) => {
    const correction = { rows, now: state, next: describeStep() };
    await retryWhileBusy(() => steps.correct(correction));
    state = correction.next;
  };
  let corrected = 0;
  for await (const gap of readGaps(connection, steps.readGap, onStep)) {
    for (let from = 0; from < gap.length; from += batchRows * gapColumns) {
      const rows: number[][] = [];
      const end = Math.min(gap.length, from + batchRows * gapColumns);
      for (let i = from; i < end; i += gapColumns) rows.push([...gap.subarray(i, i + gapColumns)]);
      await correct(rows);
      corrected += rows.length;
    }
    if (gap.length === 0) await correct([]);
  }
  await retryWhileBusy(async () => {
    await connection.knex.raw("insert into day_times_fills (filled_at) values (?) on conflict do nothing", [now]);
    await endOperation(connection.knex, "day_times", state);
  });
  return corrected;
}

/** Whether another process compares the day cube, and did a step of it not long ago. */
async function isUnderWay(connection: Connection, now: Millis): Promise<boolean> {
  const state = await readProgress(connection.knex, "day_times");
  const [, , at] = state?.split(" ") ?? [];
  // A server of the version before stores no time, so that its comparison is taken over, as it would do.
  return at !== undefined && now - Number(at) < abandonedMillis;
}

const filledAt = dayTimeFillColumns.filledAt;

/**
 * Fills the day cube after an upgrade: at once, and a day later once more with what servers of the version before recorded in
 * between. Returns the number of corrected rows; `undefined`: there is nothing to do, or another server is doing it, whom
 * this one must not interrupt: replicas that took over from each other once an hour would never end where it takes long.
 */
export async function fillDayTimes(connection: Connection, steps: CubeSteps, now: Millis): Promise<number | undefined> {
  const fills = toRows(
    await connection.knex.raw("select filled_at from day_times_fills order by filled_at desc limit 2"),
  );
  const [last, other] = fills.map(filledAt.read);
  const isDone = last === 0 || other !== undefined || (last !== undefined && now - last < upgradeMillis);
  return isDone || (await isUnderWay(connection, now)) ? undefined : rebuildDayTimes(connection, steps, now);
}

const figures = { count: bigint("count"), last: bigint("last") };

/** All series that completions name, in ranges of about equal size. */
async function listRanges({ knex }: Connection): Promise<Pick<SeriesRange, "from" | "to">[]> {
  const [row = {}] = toRows(
    await knex.raw(
      `select (select count(*) from job_completions) as count,
        (select coalesce(max(id), 0) from (select max(id) as id from rollups union all select max(rollup_id) from retired_series) as ids) as last`,
    ),
  );
  const parts = Math.max(1, Math.ceil(figures.count.read(row) / completionsMax));
  const size = Math.ceil((figures.last.read(row) + 1) / parts);
  return Array.from({ length: parts }, (_, i) => ({
    from: i * size,
    // Ids after the last one: completions whose series was deleted by hand.
    to: i === parts - 1 ? Number.MAX_SAFE_INTEGER : (i + 1) * size,
  }));
}
