import { coversDay, toDay, type Findings, type Mergeable, type Span } from "./answer.ts";
import { causes, createCauseFinder } from "./job-causes.ts";
import { createRunCounts, type SavedRunCounts } from "./run-counts.ts";
import { loadWasted, saveWasted, type SavedWastedRuns } from "./saved-waste.ts";
import { createSupersession, type SavedBegins } from "./supersession.ts";
import { createWasteCells, joinCells, loadCells, saveCells, type SavedCells, type WasteCell } from "./waste-cells.ts";
import { createGroups, type Waste, type WasteDimension, type WastedJob, type WastedRun } from "./waste-groups.ts";
import { billJob, type Price } from "../core/prices.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export const wasteDefinition =
  "Work of the jobs that ended in the span, each second with one cause, the first that applies: flake (a failed try of a job " +
  "that then passed in the same run), retry_green (a try of a job that had passed), superseded (a run that was cancelled after a " +
  "newer run of its pipeline and ref had begun), cancelled (another cancelled run or job), infra (result error), useful " +
  "(everything else, failures too); cost by the price of the runner class on the day of the job's end";

/** How long before the span runs are read, to see which run superseded which. */
export const wasteLookback: Millis = dayMillis;

interface SavedWaste {
  readonly cells: SavedCells;
  readonly runs: SavedWastedRuns;
  readonly begins: SavedBegins;
  readonly counts: SavedRunCounts;
}

/** Sums the work of jobs by what it was spent for. */
export function createWasteAnswer(
  span: Span,
  by: readonly WasteDimension[],
  prices: readonly Price[],
): Mergeable<Findings<Waste>> {
  const cells = createWasteCells();
  /** Those of saved states; the same ones may be there several times. */
  const loadedCells: WasteCell[] = [];
  const wasted: WastedRun[] = [];
  const supersession = createSupersession();
  const counts = createRunCounts();

  return {
    add(run) {
      const cancelled = supersession.add(run) ?? null;
      const findSpent = createCauseFinder(run, cancelled === null ? "finished" : "cancelled");
      const findCell = cells.ofRun(run);
      const jobs: WastedJob[] = [];
      const days = new Set<number>();
      for (const job of run.jobs) {
        const { finishedAt, stage, name, runnerClass } = job;
        if (finishedAt === null || finishedAt < span.since || finishedAt >= span.until) continue;
        const spent = findSpent(job);
        const [first] = spent;
        if (first === undefined) continue;
        const day = toDay(finishedAt);
        days.add(day);
        const cell = findCell({ stage, job: name, runnerClass, day });
        if (spent.length === 1 && first.cause === "useful") addUseful(cell, first.millis);
        else jobs.push({ cell, spent: spent.map(({ cause, millis }) => [causes.indexOf(cause), millis]) });
      }
      counts.add(days);
      if (jobs.length > 0) wasted.push({ id: run.id, nativeId: run.nativeId, cancelled, jobs });
    },
    save(): SavedWaste {
      const { list, places } = joinCells([...cells.list(), ...loadedCells]);
      const runs = saveWasted(wasted, (cell) => places.get(cell) ?? 0);
      return { cells: saveCells(list), runs, begins: supersession.save(), counts: counts.save() };
    },
    load(state) {
      const saved = state as SavedWaste;
      const loaded = loadCells(saved.cells, (day) => coversDay(span, day));
      for (const cell of loaded) if (cell !== undefined) loadedCells.push(cell);
      for (const run of loadWasted(saved.runs, loaded)) wasted.push(run);
      supersession.load(saved.begins);
      counts.load(saved.counts);
    },
    finish() {
      const groups = createGroups(by, prices);
      for (const cell of cells.list()) groups.addCell(cell);
      for (const cell of loadedCells) groups.addCell(cell);
      const superseded = supersession.findSuperseded(wasted.flatMap(({ cancelled }) => cancelled ?? []));
      for (const run of wasted) groups.addRun(run, run.cancelled !== null && superseded.has(run.cancelled));
      const items = groups.list();
      const jobs = items.reduce((sum, item) => sum + item.jobs, 0);
      return { runs: counts.count(span), jobs, items };
    },
  };
}

function addUseful(cell: WasteCell, millis: number): void {
  const { seconds, minuteSeconds } = billJob(millis);
  cell.jobs++;
  cell.millis += millis;
  cell.seconds += seconds;
  cell.minuteSeconds += minuteSeconds;
}
