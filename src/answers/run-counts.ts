import { coversDay, type Span } from "./answer.ts";

/** Runs by the days on which they have something that counts: `20001`, or `20001,20002` where these are several. */
export type SavedRunCounts = readonly (readonly [days: string, runs: number])[];

/** Counts runs, each once however many of its jobs count, of any whole days. */
export interface RunCounts {
  add(days: ReadonlySet<number>): void;
  count(span: Span): number;
  save(): SavedRunCounts;
  load(saved: SavedRunCounts): void;
}

export function createRunCounts(): RunCounts {
  const counts = new Map<string, number>();
  const add = (days: string, runs: number) => counts.set(days, (counts.get(days) ?? 0) + runs);
  return {
    add(days) {
      if (days.size > 0) add([...days].toSorted((a, b) => a - b).join(","), 1);
    },
    count: (span) =>
      [...counts].reduce(
        (sum, [days, runs]) => sum + (days.split(",").some((day) => coversDay(span, Number(day))) ? runs : 0),
        0,
      ),
    save: () => [...counts],
    load(saved) {
      for (const [days, runs] of saved) add(days, runs);
    },
  };
}
