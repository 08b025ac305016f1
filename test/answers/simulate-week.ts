import type { RunnerJob } from "../../src/answers/fleet.ts";

export const weekSeconds = 7 * 24 * 3600;

/** A job that comes at a second of the week, and works for some seconds. */
export interface Arrival {
  readonly at: number;
  readonly seconds: number;
}

/** Jobs of a week in the order of their arrival: more by day than by night, each for some minutes. */
export function simulateArrivals(random: () => number, count: number, meanSeconds: number): Arrival[] {
  const arrivals: Arrival[] = [];
  while (arrivals.length < count) {
    const at = Math.floor(random() * weekSeconds);
    const byDay = (1 - Math.cos((2 * Math.PI * at) / 86_400)) / 2;
    if (random() > 0.3 + 0.7 * byDay) continue;
    arrivals.push({ at, seconds: 1 + Math.floor(-meanSeconds * Math.log(1 - random())) });
  }
  return arrivals.toSorted((a, b) => a.at - b.at);
}

/** When each of them starts, by going through the week second by second: the longest waiting job takes the next free runner. */
export function simulateStarts(arrivals: readonly Arrival[], runners: number): number[] {
  const starts: number[] = [];
  const endings: number[] = [];
  for (let second = 0, arrived = 0; starts.length < arrivals.length; second++) {
    while ((arrivals[arrived]?.at ?? Infinity) <= second) arrived++;
    for (let i = endings.length - 1; i >= 0; i--) if ((endings[i] ?? 0) <= second) endings.splice(i, 1);
    while (starts.length < arrived && endings.length < runners) {
      endings.push(second + (arrivals[starts.length]?.seconds ?? 0));
      starts.push(second);
    }
  }
  return starts;
}

/** The jobs as a ledger records them; the week begins at `begin`. */
export function toRunnerJobs(arrivals: readonly Arrival[], starts: readonly number[], begin: number): RunnerJob[] {
  return arrivals.map(({ at, seconds }, i) => {
    const startedAt = begin + (starts[i] ?? 0) * 1000;
    return { readyAt: begin + at * 1000, startedAt, finishedAt: startedAt + seconds * 1000 };
  });
}
