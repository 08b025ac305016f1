import { createByJob, type ByJob } from "./by-job.ts";
import { joinKey, type AnswerRun } from "./answer.ts";
import { createTexts } from "./texts.ts";

/** The finest group of jobs: all groups that an answer may be asked for are made of cells. */
export interface WasteCell extends Pick<AnswerRun, "provider" | "project" | "pipeline"> {
  readonly stage: string | null;
  readonly job: string | null;
  readonly runnerClass: string | null;
  readonly day: number;
  /** Of its jobs whose work was all useful: how many, their milliseconds, and what is billed of each (see `billJob`). */
  jobs: number;
  millis: number;
  seconds: number;
  minuteSeconds: number;
}

/** The texts, and then eleven numbers of each cell: the places of its texts, the day and the sums. */
export interface SavedCells {
  readonly texts: readonly (string | null)[];
  readonly numbers: readonly number[];
}

const numbersOfCell = 11;

type RunNames = Pick<WasteCell, "provider" | "project" | "pipeline">;
type JobNames = Pick<WasteCell, "stage" | "job" | "runnerClass" | "day">;

interface WasteCells {
  /** Finds the cells of the jobs of a run, whose names are joined once. */
  ofRun(run: RunNames): (job: JobNames) => WasteCell;
  list(): WasteCell[];
}

export function createWasteCells(): WasteCells {
  const pipelines = new Map<string, ByJob<WasteCell[]>>();
  return {
    ofRun({ provider, project, pipeline }) {
      const key = joinKey(provider, project, pipeline);
      let cells = pipelines.get(key);
      if (cells === undefined) pipelines.set(key, (cells = createByJob()));
      const ofPipeline = cells;
      return ({ stage, job, runnerClass, day }) => {
        const ofJob = ofPipeline.get(stage, job, () => []);
        // The last one fits nearly always, because runs come in the order of time.
        for (let i = ofJob.length - 1; i >= 0; i--) {
          const cell = ofJob[i];
          if (cell?.day === day && cell.runnerClass === runnerClass) return cell;
        }
        // Each name as a literal: V8 adds to the sums of an object made by a spread ten times slower.
        const cell: WasteCell = {
          provider,
          project,
          pipeline,
          stage,
          job,
          runnerClass,
          day,
          jobs: 0,
          millis: 0,
          seconds: 0,
          minuteSeconds: 0,
        };
        ofJob.push(cell);
        return cell;
      };
    },
    list: () => [...pipelines.values()].flatMap((cells) => cells.values().flat()),
  };
}

export function saveCells(cells: readonly WasteCell[]): SavedCells {
  const texts = createTexts();
  const numbers = cells.flatMap((cell) => [
    ...[cell.provider, cell.project, cell.pipeline, cell.stage, cell.job, cell.runnerClass].map((text) =>
      texts.number(text),
    ),
    cell.day,
    cell.jobs,
    cell.millis,
    cell.seconds,
    cell.minuteSeconds,
  ]);
  return { texts: texts.list(), numbers };
}

/** Cells with those of the same names summed up, and the place of each given one among them. */
export function joinCells(given: readonly WasteCell[]): { list: WasteCell[]; places: ReadonlyMap<WasteCell, number> } {
  const cells = createWasteCells();
  const joined = given.map((cell) => {
    const sum = cells.ofRun(cell)(cell);
    sum.jobs += cell.jobs;
    sum.millis += cell.millis;
    sum.seconds += cell.seconds;
    sum.minuteSeconds += cell.minuteSeconds;
    return sum;
  });
  const list = cells.list();
  const numbers = new Map(list.map((cell, i) => [cell, i]));
  return { list, places: new Map(given.map((cell, i) => [cell, numbers.get(joined[i] ?? cell) ?? 0])) };
}

/** The cells of days that `covers`, in the saved order; those of other days are `undefined`. */
export function loadCells({ texts, numbers }: SavedCells, covers: (day: number) => boolean): (WasteCell | undefined)[] {
  const loaded: (WasteCell | undefined)[] = [];
  const at = (i: number) => numbers[i] ?? 0;
  const text = (i: number) => texts[at(i)] ?? null;
  for (let i = 0; i < numbers.length; i += numbersOfCell) {
    const day = at(i + 6);
    if (!covers(day)) loaded.push(undefined);
    else {
      loaded.push({
        provider: text(i) ?? "",
        project: text(i + 1),
        pipeline: text(i + 2),
        stage: text(i + 3),
        job: text(i + 4),
        runnerClass: text(i + 5),
        day,
        jobs: at(i + 7),
        millis: at(i + 8),
        seconds: at(i + 9),
        minuteSeconds: at(i + 10),
      });
    }
  }
  return loaded;
}
