import type { Observation } from "./model.ts";
import type { Entry } from "./delivery.ts";

/** Bytes of a request body for each of its jobs; GitLab sends 600 to 800. */
const bytesPerJob = 400;

/** An estimate of what `weigh` returns for a body that is not parsed yet. */
export function estimateWeight(body: Uint8Array): number {
  return 1 + Math.ceil(body.length / bytesPerJob);
}

/** The share of a delivery in a transaction's size: one for itself, and one for each job, which are nearly all of its rows. */
export function weigh({ observations }: Entry): number {
  let weight = 1;
  for (const { jobs } of observations) weight += jobs?.length ?? 0;
  return weight;
}

/**
 * Splits a delivery into parts of at most `jobsMax` jobs, each to be written in a transaction of its own, so that other
 * deliveries are written in between. Every part has the run's facts, and only the last one has the completion and the code
 * events: the delivery counts as received with its last part, and when one that was interrupted is sent again, the parts that
 * were written change nothing. Pure. A small delivery stays one part, and so does one of the old collector, whose jobs are matched as a whole.
 */
export function splitEntry(entry: Entry, jobsMax: number): readonly [...(readonly Entry[]), Entry] {
  const { delivery, observations } = entry;
  if (weigh(entry) - 1 <= jobsMax || observations.some(({ extension }) => extension?.saved !== undefined))
    return [entry];
  const parts: Observation[][] = [[]];
  let room = jobsMax;
  for (const observation of observations) {
    let rest = observation;
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
    { ...entry, observations: last },
  ];
}
