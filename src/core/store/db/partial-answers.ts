import { bigint, integer, text } from "./columns.ts";
import { readArrays } from "./connect.ts";
import type { Knex } from "knex";
import type { Millis } from "../../time.ts";

/** Of the form of the states and of the rules of the answers: a change of either needs the next number. */
export const partialVersion = 2;

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

/**
 * The runs by the hour of their last delivery, from this hour on. It reads the index over `updated_at` alone, hour by hour: to group all of it
 * takes three times as long.
 */
export async function readHours(trx: Knex, from: number): Promise<Map<number, RunHours>> {
  const rows = await readArrays(
    trx,
    `with recursive hours(hour) as (
       select cast(? as bigint) union all
       select hour + 1 from hours where hour < (select max(updated_at) / ${millisOfHour} from runs))
     select hour, (select count(*) || ' ' || sum(updated_at - hour * ${millisOfHour}) from runs
       where updated_at >= hour * ${millisOfHour} and updated_at < (hour + 1) * ${millisOfHour}) from hours`,
    [from],
  );
  return new Map(
    rows.flatMap(([hour, cell]) => {
      // Without runs the sum is null, and so is the text.
      if (typeof cell !== "string") return [];
      const [runs = 0, moments = 0] = cell.split(" ").map(Number);
      return [[Number(hour), { runs, moments }] as const];
    }),
  );
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

/** The states of an answer as they are stored, by the hour in which they begin. */
export async function readStateTexts(
  trx: Knex,
  answer: string,
  hours: number,
  begins: readonly number[],
): Promise<Map<number, string>> {
  if (begins.length === 0) return new Map();
  const rows = await readArrays(
    trx,
    `select hour, state from partial_answers where answer = ? and hours = ? and version = ?
     and hour in (${begins.map(() => "?").join(", ")})`,
    [answer, hours, partialVersion, ...begins],
  );
  return new Map(rows.map(([hour, state]) => [Number(hour), String(state)]));
}
