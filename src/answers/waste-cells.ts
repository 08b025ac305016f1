import { createByJob, type ByJob } from "./by-job.ts";
import type { AnswerJob, AnswerRun } from "./answer.ts";
import { joinKey } from "./answer.ts";
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

export const numbersOfCell = 11;

type RunNames = Pick<WasteCell, "provider" | "project" | "pipeline">;
type JobNames = Pick<WasteCell, "stage" | "job" | "runnerClass" | "day">;

export interface WasteCells {
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
        let cell = ofJob.findLast((one) => one.day === day && one.runnerClass === runnerClass);
        if (cell === undefined) {
          const names = { provider, project, pipeline, stage, job, runnerClass, day };
          ofJob.push((cell = { ...names, jobs: 0, millis: 0, seconds: 0, minuteSeconds: 0 }));
        }
        return cell;
      };
    },
    list: () => [...pipelines.values()].flatMap((cells) => cells.values().flat()),
  };
}

export function saveCells(cells: readonly WasteCell[]): SavedCells {
  const texts = createTexts();
  const numbers = cells.flatMap((cell) => [
    ...[cell.provider, cell.project, cell.pipeline, cell.stage, cell.job, cell.runnerClass].map(texts.number),
    ...[cell.day, cell.jobs, cell.millis, cell.seconds, cell.minuteSeconds],
  ]);
  return { texts: texts.list(), numbers };
}

/** Adds the cells of a day that `covers` to others, and returns them in their order; those of other days are `undefined`. */
export function loadCells(
  cells: WasteCells,
  { texts, numbers }: SavedCells,
  covers: (day: number) => boolean,
): (WasteCell | undefined)[] {
  const loaded: (WasteCell | undefined)[] = [];
  const text = (i: number) => texts[numbers[i] ?? 0] ?? null;
  for (let i = 0; i < numbers.length; i += numbersOfCell) {
    const [day = 0, jobs = 0, millis = 0, seconds = 0, minutes = 0] = numbers.slice(i + 6, i + numbersOfCell);
    if (!covers(day)) {
      loaded.push(undefined);
      continue;
    }
    const find = cells.ofRun({ provider: text(i) ?? "", project: text(i + 1), pipeline: text(i + 2) });
    const cell = find({ stage: text(i + 3), job: text(i + 4), runnerClass: text(i + 5), day });
    cell.jobs += jobs;
    cell.millis += millis;
    cell.seconds += seconds;
    cell.minuteSeconds += minutes;
    loaded.push(cell);
  }
  return loaded;
}
