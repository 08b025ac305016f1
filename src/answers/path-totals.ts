import { coversDay, joinKey, type AnswerRun, type Span } from "./answer.ts";
import { createTexts } from "./texts.ts";
import type { Millis } from "../core/time.ts";

/** The run in which a job worked alone for longest. */
export interface PathExample {
  readonly runId: number;
  readonly finishedAt: Millis;
  readonly exclusiveMillis: Millis;
}

type RunNames = Pick<AnswerRun, "provider" | "source" | "project" | "pipeline">;

/** What the critical paths of the runs that finished on one day, or in a span, have of a job. */
export interface PathTotal extends RunNames {
  readonly jobName: string;
  readonly day: number;
  runs: number;
  onPath: number;
  /** The run that was counted last: a job may have run several times in it. */
  lastRunId: number;
  exclusiveMillis: Millis;
  /** Five times the saved time: a sum of whole numbers does not depend on the order of the runs. */
  savedFifths: number;
  example: PathExample;
}

/** Lists of numbers; of each text its place among the texts. */
export interface SavedPathTotals {
  readonly texts: readonly (string | null)[];
  /** Provider, source, project, pipeline and name of each job and day. */
  readonly names: readonly number[];
  /** Its day, runs, runs with it on their path, exclusive milliseconds, saved fifths, and the three numbers of its example. */
  readonly sums: readonly number[];
  /** Days, the runs that finished on them and the jobs of these. */
  readonly days: readonly number[];
}

const namesOfTotal = 5;
const sumsOfTotal = 8;
const numbersOfDay = 3;

interface PathTotals {
  /** Finds the totals of the jobs of a run that finished on a day. */
  ofRun(run: RunNames, day: number): (jobName: string) => PathTotal;
  countRun(day: number, jobs: number): void;
  count(): { readonly runs: number; readonly jobs: number };
  /** The totals of each job, of all days together. */
  sumDays(): PathTotal[];
  save(): SavedPathTotals;
  /** Adds the days of a span. */
  load(saved: SavedPathTotals, span: Span): void;
}

export function createPathTotals(): PathTotals {
  /** By pipeline, then by job a list of days: a key is made once for a run. */
  const pipelines = new Map<string, Map<string, PathTotal[]>>();
  const counts = new Map<number, { runs: number; jobs: number }>();

  function ofRun(run: RunNames, day: number): (jobName: string) => PathTotal {
    const key = joinKey(run.provider, run.source, run.project, run.pipeline);
    let jobs = pipelines.get(key);
    if (jobs === undefined) pipelines.set(key, (jobs = new Map()));
    const ofPipeline = jobs;
    return (jobName) => {
      let days = ofPipeline.get(jobName);
      if (days === undefined) ofPipeline.set(jobName, (days = []));
      // The last one fits nearly always, because runs come in the order of time.
      let total = days.findLast((one) => one.day === day);
      if (total === undefined) days.push((total = startTotal(run, jobName, day)));
      return total;
    };
  }

  function addCount(day: number, runs: number, jobs: number): void {
    const count = counts.get(day);
    if (count === undefined) counts.set(day, { runs, jobs });
    else {
      count.runs += runs;
      count.jobs += jobs;
    }
  }

  const listJobs = () => [...pipelines.values()].flatMap((jobs) => [...jobs.values()]);

  return {
    ofRun,
    countRun: (day, jobs) => addCount(day, 1, jobs),
    count() {
      const days = [...counts.values()];
      return {
        runs: days.reduce((sum, { runs }) => sum + runs, 0),
        jobs: days.reduce((sum, { jobs }) => sum + jobs, 0),
      };
    },
    sumDays: () => listJobs().flatMap(sumDays),
    save: () => ({
      ...saveTotals(listJobs().flat()),
      days: [...counts].flatMap(([day, { runs, jobs }]) => [day, runs, jobs]),
    }),
    load(saved, span) {
      for (const total of listSaved(saved, span)) addTotal(ofRun(total, total.day)(total.jobName), total);
      const { days } = saved;
      for (let i = 0; i < days.length; i += numbersOfDay) {
        const [day, runs, jobs] = [days[i] ?? 0, days[i + 1] ?? 0, days[i + 2] ?? 0];
        if (coversDay(span, day)) addCount(day, runs, jobs);
      }
    },
  };
}

function startTotal({ provider, source, project, pipeline }: RunNames, jobName: string, day: number): PathTotal {
  return {
    provider,
    source,
    project,
    pipeline,
    jobName,
    day,
    runs: 0,
    onPath: 0,
    lastRunId: -1,
    exclusiveMillis: 0,
    savedFifths: 0,
    example: { runId: 0, finishedAt: 0, exclusiveMillis: -1 },
  };
}

function sumDays(days: readonly PathTotal[]): PathTotal[] {
  const [first, ...others] = days;
  if (first === undefined || others.length === 0) return first === undefined ? [] : [first];
  const sum = startTotal(first, first.jobName, first.day);
  for (const day of days) addTotal(sum, day);
  return [sum];
}

function addTotal(sum: PathTotal, more: PathTotal): void {
  sum.runs += more.runs;
  sum.onPath += more.onPath;
  sum.exclusiveMillis += more.exclusiveMillis;
  sum.savedFifths += more.savedFifths;
  if (compareExamples(more.example, sum.example) < 0) sum.example = more.example;
}

/** The one with most exclusive time first; of those, the latest. */
export function compareExamples(a: PathExample, b: PathExample): number {
  return b.exclusiveMillis - a.exclusiveMillis || b.finishedAt - a.finishedAt || b.runId - a.runId;
}

function saveTotals(totals: readonly PathTotal[]): Pick<SavedPathTotals, "texts" | "names" | "sums"> {
  const texts = createTexts();
  const [names, sums]: [number[], number[]] = [[], []];
  for (const { provider, source, project, pipeline, jobName, example, ...total } of totals) {
    for (const text of [provider, source, project, pipeline, jobName]) names.push(texts.number(text));
    sums.push(total.day, total.runs, total.onPath, total.exclusiveMillis, total.savedFifths);
    sums.push(example.runId, example.finishedAt, example.exclusiveMillis);
  }
  return { texts: texts.list(), names, sums };
}

/** The saved totals of the days of a span. */
function* listSaved({ texts, names, sums }: SavedPathTotals, span: Span): Generator<PathTotal> {
  for (let i = 0; i * sumsOfTotal < sums.length; i++) {
    const sum = (place: number) => sums[i * sumsOfTotal + place] ?? 0;
    if (!coversDay(span, sum(0))) continue;
    const text = (place: number) => texts[names[i * namesOfTotal + place] ?? 0] ?? null;
    const run = { provider: text(0) ?? "", source: text(1) ?? "", project: text(2), pipeline: text(3) };
    yield {
      ...startTotal(run, text(4) ?? "", sum(0)),
      runs: sum(1),
      onPath: sum(2),
      exclusiveMillis: sum(3),
      savedFifths: sum(4),
      example: { runId: sum(5), finishedAt: sum(6), exclusiveMillis: sum(7) },
    };
  }
}
