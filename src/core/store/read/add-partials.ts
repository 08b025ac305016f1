import type { Mergeable } from "../../../answers/answer.ts";
import type { Millis } from "../../time.ts";
import {
  millisOfHour,
  hoursOfDay,
  isSame,
  noRuns,
  readHours,
  readPartialKeys,
  readStateTexts,
  sumHours,
  toHour,
  type PartialKey,
} from "../db/partial-answers.ts";
import type { Range } from "./answer-runs.ts";
import type { Reading } from "./context.ts";
import type { PartialKind } from "./partial-kinds.ts";

/** States that are read and parsed at once: some megabytes. */
const chunkSize = 8;

/** What no partial answer covers, and has to be read run by run. */
export interface Rest {
  readonly ranges: readonly Range[];
  readonly runs: number;
}

/** Hours that follow each other are one range. */
function joinHours(hours: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (const hour of hours.toSorted((a, b) => a - b)) {
    const [from, last] = [hour * millisOfHour, ranges.at(-1)];
    if (last?.to === from) ranges.pop();
    ranges.push({ from: last?.to === from ? last.from : from, to: from + millisOfHour });
  }
  return ranges;
}

/**
 * Adds to an answer what is stored of the runs since a moment: of each day, or else of each of its hours, whose runs are still the same.
 */
export async function addPartials(
  reading: Reading,
  kind: PartialKind,
  answer: Mergeable<unknown>,
  since: Millis,
): Promise<Rest> {
  const { trx } = reading;
  // All of the first day: a little more than is needed, which an answer leaves out.
  const first = Math.floor(toHour(since) / hoursOfDay) * hoursOfDay;
  const runs = await readHours(trx, first);
  const keys = (await readPartialKeys(trx, first)).filter((key) => key.answer === kind);
  const find = (hours: number) => new Map(keys.filter((key) => key.hours === hours).map((key) => [key.hour, key]));
  const [ofDays, ofHours] = [find(hoursOfDay), find(1)];
  const days = new Set<number>();
  const hours: number[] = [];
  const rest: number[] = [];
  for (const [hour, own] of runs) {
    const day = Math.floor(hour / hoursOfDay) * hoursOfDay;
    if (days.has(day)) continue;
    if (isSame(ofDays.get(day), sumHours(runs, day, hoursOfDay))) days.add(day);
    else if (isSame(ofHours.get(hour), own)) hours.push(hour);
    else rest.push(hour);
  }
  for (const [keysOfSize, begins] of [
    [ofDays, [...days]],
    [ofHours, hours],
  ] as const) {
    const used = begins.flatMap((begin) => keysOfSize.get(begin) ?? []);
    for (let i = 0; i < used.length; i += chunkSize)
      for (const state of await readStates(reading, used.slice(i, i + chunkSize))) answer.load(state);
  }
  return {
    ranges: joinHours(rest),
    runs: rest.reduce((sum, hour) => sum + (runs.get(hour) ?? noRuns).runs, 0),
  };
}

/** The states of keys that have one answer and one number of hours. */
async function readStates({ trx, states }: Reading, keys: readonly PartialKey[]): Promise<unknown[]> {
  const cached = keys.map((key) => states?.find(key));
  const missing = keys.filter((_, i) => cached[i] === undefined);
  const [first] = missing;
  if (first === undefined) return cached;
  const begins = missing.map(({ hour }) => hour);
  const texts = await readStateTexts(trx, first.answer, first.hours, begins);
  return keys.flatMap((key, i) => {
    if (cached[i] !== undefined) return [cached[i]];
    const text = texts.get(key.hour);
    if (text === undefined) return [];
    const state: unknown = JSON.parse(text);
    states?.keep(key, state, text.length);
    return [state];
  });
}
