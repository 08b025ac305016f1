import { bigint, integer, text } from "./columns.ts";
import { readArrays } from "./connect.ts";
import type { Knex } from "knex";
import type { Millis } from "../../time.ts";

/** Of the form of the states and of the rules of the answers: a change of either needs the next number. */
export const partialVersion = 1;

export const millisOfHour = 3_600_000;
export const hoursOfDay = 24;

/** What insights keep of the runs of an hour or a day. */
export const partialAnswerColumns = {
  answer: text("answer"),
  hours: integer("hours"),
  hour: integer("hour"),
  version: integer("version"),
  runs: bigint("runs"),
  moments: bigint("moments"),
  state: text("state"),
};

/**
 * The runs whose last delivery came in an hour or a day, as far as it takes to see that they are still the same: each delivery about a
 * run moves its last delivery.
 */
export interface RunHours {
  readonly runs: number;
  readonly moments: number;
}

/** A partial answer without its state. */
export interface PartialKey extends RunHours {
  readonly answer: string;
  readonly hours: number;
  readonly hour: number;
}

export interface PartialAnswer extends PartialKey {
  readonly state: string;
}

export const noRuns: RunHours = { runs: 0, moments: 0 };

export function addRuns(a: RunHours, b: RunHours): RunHours {
  return { runs: a.runs + b.runs, moments: a.moments + b.moments };
}

export function isSame(a: RunHours | undefined, b: RunHours): boolean {
  return a !== undefined && a.runs === b.runs && a.moments === b.moments;
}

export function sumHours(hours: ReadonlyMap<number, RunHours>, from: number, count: number): RunHours {
  let sum = noRuns;
  for (let hour = from; hour < from + count; hour++) sum = addRuns(sum, hours.get(hour) ?? noRuns);
  return sum;
}

export function toHour(at: Millis): number {
  return Math.floor(at / millisOfHour);
}

/** The runs by the hour of their last delivery, from this hour on. It reads the index over `updated_at` alone. */
export async function readHours(trx: Knex, from: number): Promise<Map<number, RunHours>> {
  const rows = await readArrays(
    trx,
    `select updated_at / ${millisOfHour} as hour, count(*), sum(updated_at % ${millisOfHour}) from runs
     where updated_at >= ? group by updated_at / ${millisOfHour}`,
    [from * millisOfHour],
  );
  return new Map(rows.map(([hour, runs, moments]) => [Number(hour), { runs: Number(runs), moments: Number(moments) }]));
}

/** The partial answers from this hour on, those of other versions left out. */
export async function readPartialKeys(trx: Knex, from: number): Promise<PartialKey[]> {
  const rows = await readArrays(
    trx,
    "select answer, hours, hour, runs, moments from partial_answers where version = ? and hour >= ?",
    [partialVersion, from],
  );
  return rows.map(([answer, hours, hour, runs, moments]) => ({
    answer: String(answer),
    hours: partialAnswerColumns.hours.decode(hours),
    hour: partialAnswerColumns.hour.decode(hour),
    runs: partialAnswerColumns.runs.decode(runs),
    moments: partialAnswerColumns.moments.decode(moments),
  }));
}

/** The states of an answer by the hour in which they begin, of those that are asked for. */
export async function readStates(
  trx: Knex,
  answer: string,
  hours: number,
  begins: readonly number[],
): Promise<Map<number, unknown>> {
  if (begins.length === 0) return new Map();
  const rows = await readArrays(
    trx,
    `select hour, state from partial_answers where answer = ? and hours = ? and version = ?
     and hour in (${begins.map(() => "?").join(", ")})`,
    [answer, hours, partialVersion, ...begins],
  );
  return new Map(rows.map(([hour, state]) => [Number(hour), JSON.parse(String(state)) as unknown]));
}
