import type { Millis } from "../../time.ts";
import {
  millisOfHour,
  hoursOfDay,
  isSame,
  readHours,
  readPartialKeys,
  sumHours,
  toHour,
  type RunHours,
} from "../db/partial-answers.ts";
import type { Reading } from "./context.ts";
import { partialNames } from "./partial-kinds.ts";

/** After so long no delivery of an hour is under way any more, and clocks of replicas may differ by as much. */
const settledMillis = 120_000;

export interface PartialTasksQuery {
  readonly now: Millis;
  /** Hours are looked at from the day of this moment on. */
  readonly from: Millis;
}

/** What has to be made, the newest first: it is asked for most. */
export interface PartialTasks {
  /** Days, and which of their hours have to be made before. */
  readonly days: readonly { readonly day: number; readonly hours: readonly number[] }[];
  /** Hours of days that have not ended. */
  readonly hours: readonly number[];
}

/** Compares the partial answers with the runs, and lists those that are missing or not the same any more. */
export async function listPartialTasks({ trx }: Reading, query: PartialTasksQuery): Promise<PartialTasks> {
  const { now, from } = query;
  const first = Math.floor(toHour(from) / hoursOfDay) * hoursOfDay;
  const runs = await readHours(trx, first);
  const stored = new Map(
    (await readPartialKeys(trx, first)).map((key) => [`${key.answer} ${key.hours} ${key.hour}`, key]),
  );
  const isMade = (hours: number, hour: number, expected: RunHours) =>
    partialNames.every((name) => isSame(stored.get(`${name} ${hours} ${hour}`), expected));
  const hasEnded = (hour: number, hours: number) => (hour + hours) * millisOfHour + settledMillis <= now;
  const listHours = (day: number) =>
    Array.from({ length: hoursOfDay }, (_, i) => day + i).filter((hour) => {
      const own = runs.get(hour);
      return own !== undefined && hasEnded(hour, 1) && !isMade(1, hour, own);
    });
  const begins = new Set([...runs.keys()].map((hour) => Math.floor(hour / hoursOfDay) * hoursOfDay));
  const days = [...begins]
    .toSorted((a, b) => b - a)
    .filter((day) => !isMade(hoursOfDay, day, sumHours(runs, day, hoursOfDay)));
  return {
    days: days.filter((day) => hasEnded(day, hoursOfDay)).map((day) => ({ day, hours: listHours(day) })),
    hours: days.filter((day) => !hasEnded(day, hoursOfDay)).flatMap(listHours),
  };
}
