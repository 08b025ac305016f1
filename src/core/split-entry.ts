import type { Observation } from "./model.ts";
import type { Entry } from "./delivery.ts";

/** How much of a transaction a delivery takes: jobs, which are nearly all of its rows, and one for itself. */
export function weigh({ observations }: Entry): number {
  let weight = 1;
  for (const { jobs } of observations) weight += jobs?.length ?? 0;
  return weight;
}

/**
 * A delivery as parts of at most `jobsMax` jobs, each to be written in a transaction of its own, so that others get their
 * turn in between. Every part says the run's facts, and the last one alone what completes it: the delivery counts as
 * received with its last part, and what was written of one that is cut off is found written when it is sent again.
 * Pure. One part where it is small, or where it was saved by the old collector, whose jobs are matched as a whole.
 */
export function splitEntry(entry: Entry, jobsMax: number): readonly [...(readonly Entry[]), Entry] {
  const { delivery, observations } = entry;
  if (weigh(entry) - 1 <= jobsMax || observations.some(({ extension }) => extension?.saved !== undefined))
    return [entry];
  const parts: Observation[][] = [[]];
  let room = jobsMax;
  for (const said of observations) {
    let rest = said;
    for (;;) {
      const { jobs = [] } = rest;
      if (jobs.length <= room) break;
      const { completion: _, extension: __, ...facts } = rest;
      if (room > 0) parts.at(-1)?.push({ ...facts, jobs: jobs.slice(0, room), part: true });
      rest = { ...rest, jobs: jobs.slice(room), part: true };
      parts.push([]);
      room = jobsMax;
    }
    parts.at(-1)?.push(rest);
    room -= rest.jobs?.length ?? 0;
  }
  const last = parts.pop() ?? [];
  return [
    ...parts.map((some) => ({ delivery, observations: some, part: true as const })),
    { delivery, observations: last },
  ];
}
