import type { WasteCell } from "./waste-cells.ts";
import type { WastedJob, WastedRun } from "./waste-groups.ts";

/** Runs with waste as lists of numbers, which are parsed and read several times faster than objects. */
export interface SavedWastedRuns {
  readonly id: readonly number[];
  readonly nativeId: readonly string[];
  /** How many of the jobs belong to each. */
  readonly jobs: readonly number[];
  /** Of each cancelled run its place among the runs, the hash of its ref (-1: none), its begin and its end (-1: not reported). */
  readonly cancelled: readonly number[];
  /** Of each job the place of its cell and how many parts of its work follow: each a cause and milliseconds. */
  readonly spent: readonly number[];
}

const numbersOfCancelled = 4;

export function saveWasted(runs: readonly WastedRun[], findPlace: (cell: WasteCell) => number): SavedWastedRuns {
  const [cancelled, spent]: [number[], number[]] = [[], []];
  runs.forEach((run, i) => {
    if (run.cancelled !== null)
      cancelled.push(i, run.cancelled.ref ?? -1, run.cancelled.begin, run.cancelled.end ?? -1);
    for (const job of run.jobs) spent.push(findPlace(job.cell), job.spent.length, ...job.spent.flat());
  });
  return {
    id: runs.map(({ id }) => id),
    nativeId: runs.map(({ nativeId }) => nativeId),
    jobs: runs.map(({ jobs }) => jobs.length),
    cancelled,
    spent,
  };
}

/** The runs with those of their jobs whose cells are loaded; runs without such a job are left out. */
export function loadWasted(saved: SavedWastedRuns, cells: readonly (WasteCell | undefined)[]): WastedRun[] {
  const loaded: WastedRun[] = [];
  let [nextSpent, nextCancelled] = [0, 0];
  saved.id.forEach((id, i) => {
    const jobs: WastedJob[] = [];
    for (let left = saved.jobs[i] ?? 0; left > 0; left--) {
      const [cell, parts] = [cells[saved.spent[nextSpent] ?? 0], saved.spent[nextSpent + 1] ?? 0];
      nextSpent += 2;
      if (cell !== undefined) jobs.push({ cell, spent: listSpent(saved.spent, nextSpent, parts) });
      nextSpent += 2 * parts;
    }
    const isCancelled = saved.cancelled[nextCancelled] === i;
    const cancelled = isCancelled ? readCancelled(saved.cancelled, nextCancelled) : null;
    if (isCancelled) nextCancelled += numbersOfCancelled;
    if (jobs.length > 0) loaded.push({ id, nativeId: saved.nativeId[i] ?? "", cancelled, jobs });
  });
  return loaded;
}

function listSpent(spent: readonly number[], from: number, parts: number): WastedJob["spent"] {
  const list: [number, number][] = [];
  for (let i = 0; i < parts; i++) list.push([spent[from + 2 * i] ?? 0, spent[from + 2 * i + 1] ?? 0]);
  return list;
}

function readCancelled(list: readonly number[], at: number): WastedRun["cancelled"] {
  const [ref, begin, end] = [list[at + 1] ?? -1, list[at + 2] ?? 0, list[at + 3] ?? -1];
  return { ref: ref < 0 ? null : ref, begin, end: end < 0 ? null : end };
}
