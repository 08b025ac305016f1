import type { Mergeable } from "../../../answers/answer.ts";
import {
  addRuns,
  millisOfHour,
  hoursOfDay,
  isSame,
  noRuns,
  readHours,
  readPartialKeys,
  readStateTexts,
  sumHours,
  type PartialAnswer,
} from "../db/partial-answers.ts";
import { readRunsBetween } from "./answer-runs.ts";
import type { Reading } from "./context.ts";
import { partialKinds, partialNames } from "./partial-kinds.ts";

/** Makes the partial answers of an hour from its runs, all of them with one look at the rows. */
export async function makePartialsOfHour(
  reading: Reading,
  { hour }: { readonly hour: number },
): Promise<PartialAnswer[]> {
  const answers = partialNames.map((answer) => ({ answer, fold: partialKinds[answer]() as Mergeable<unknown> }));
  let found = noRuns;
  const range = { from: hour * millisOfHour, to: (hour + 1) * millisOfHour };
  await readRunsBetween(reading, range, { completions: true, graphs: true }, (run, updatedAt) => {
    found = addRuns(found, { runs: 1, moments: updatedAt % millisOfHour });
    for (const { fold } of answers) fold.add(run);
  });
  return answers.map(({ answer, fold }) => ({ answer, hours: 1, hour, ...found, state: JSON.stringify(fold.save()) }));
}

/** Makes those of a day from those of its hours. Nothing where one of these is missing, or its runs have changed. */
export async function makePartialsOfDay(reading: Reading, { day }: { readonly day: number }): Promise<PartialAnswer[]> {
  const { trx } = reading;
  const runs = await readHours(trx, day);
  const hours = [...runs.keys()].filter((hour) => hour < day + hoursOfDay);
  const keys = (await readPartialKeys(trx, day)).filter((key) => key.hours === 1);
  const made: PartialAnswer[] = [];
  for (const answer of partialNames) {
    const own = new Map(keys.filter((key) => key.answer === answer).map((key) => [key.hour, key]));
    if (!hours.every((hour) => isSame(own.get(hour), runs.get(hour) ?? noRuns))) return [];
    const fold: Mergeable<unknown> = partialKinds[answer]();
    for (const text of (await readStateTexts(trx, answer, 1, hours)).values()) fold.load(JSON.parse(text));
    const found = sumHours(runs, day, hoursOfDay);
    made.push({ answer, hours: hoursOfDay, hour: day, ...found, state: JSON.stringify(fold.save()) });
  }
  return made;
}
