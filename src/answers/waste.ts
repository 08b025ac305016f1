import { compareTexts, joinKey, type Answer, type AnswerJob, type AnswerRun, type Span } from "./answer.ts";
import { causes, createCauseFinder, type Cause, type RunFate, type Spent } from "./job-causes.ts";
import { createSupersession } from "./supersession.ts";
import { createCostCalculator, toCurrency, type Price } from "../core/prices.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export const wasteDimensions = ["provider", "project", "pipeline", "stage", "job", "runner_class", "day"] as const;
export type WasteDimension = (typeof wasteDimensions)[number];

/** Where the time of the jobs of one group went. */
export interface Waste {
  /** The group, by the dimensions asked for; a day is counted from 1970. */
  readonly names: Readonly<Partial<Record<WasteDimension, string | number | null>>>;
  readonly jobs: number;
  /** They sum to `totalSeconds`, to the millisecond. */
  readonly seconds: Readonly<Record<Cause, number>>;
  readonly totalSeconds: number;
  /** In the currency of the prices; `null`: no price applies to any of the jobs. */
  readonly cost: number | null;
  /** The part of it that was not useful. */
  readonly wastedCost: number | null;
  /** Work without a price. */
  readonly unpricedSeconds: number;
  /** The runs that wasted most, the worst first. */
  readonly runIds: readonly number[];
}

export const wasteDefinition =
  "Work of the jobs that ended in the span, each second with one cause, the first that applies: flake (a failed try of a job " +
  "that then passed in the same run), retry_green (a try of a job that had passed), superseded (a run that was cancelled after a " +
  "newer run of its pipeline and ref had begun), cancelled (another cancelled run or job), infra (result error), useful " +
  "(everything else, failures too); cost by the price of the runner class on the day of the job's end";

/** How long before the span runs are read, to see which run superseded which. */
export const wasteLookback: Millis = dayMillis;

const runIdsMax = 10;

interface Wasted {
  readonly runId: number;
  readonly nativeId: string;
  readonly millis: number;
}

interface Group {
  readonly names: Waste["names"];
  jobs: number;
  readonly millis: Record<Cause, number>;
  /** Billionths. */
  cost: number;
  wastedCost: number;
  unpricedMillis: number;
  worst: readonly Wasted[];
}

/** Sums the work of jobs by what it was spent for. */
export function createWasteAnswer(span: Span, by: readonly WasteDimension[], prices: readonly Price[]): Answer<Waste> {
  const computeCost = createCostCalculator(prices);
  const groups = new Map<string, Group>();
  const findGroups = createGroupFinder(groups, by);
  const supersession = createSupersession();
  let [runs, jobs] = [0, 0];

  function addRun(run: AnswerRun, fate: RunFate): void {
    const findSpent = createCauseFinder(run, fate);
    const findGroup = findGroups(run);
    const wasted = new Map<Group, number>();
    const before = jobs;
    for (const job of run.jobs) {
      const { finishedAt } = job;
      if (finishedAt === null || finishedAt < span.since || finishedAt >= span.until) continue;
      const spent = findSpent(job);
      if (spent.length === 0) continue;
      const group = findGroup(job, finishedAt);
      const useless = addJob(group, job, finishedAt, spent);
      if (useless > 0) wasted.set(group, (wasted.get(group) ?? 0) + useless);
      jobs++;
    }
    if (jobs > before) runs++;
    for (const [group, millis] of wasted) addWorst(group, { runId: run.id, nativeId: run.nativeId, millis });
  }

  /** Returns the milliseconds that were not useful. */
  function addJob(group: Group, { runnerClass }: AnswerJob, at: Millis, spent: readonly Spent[]): number {
    let [total, useless] = [0, 0];
    for (const { cause, millis } of spent) {
      group.millis[cause] += millis;
      total += millis;
      if (cause !== "useful") useless += millis;
    }
    const cost = computeCost({ runnerClass, millis: total, at });
    group.jobs++;
    if (cost === undefined) group.unpricedMillis += total;
    else {
      group.cost += cost;
      group.wastedCost += total === 0 ? 0 : Math.round((cost * useless) / total);
    }
    return useless;
  }

  return {
    add(run) {
      supersession.add(run);
      if (run.result !== "cancellation") addRun(run, "finished");
    },
    finish() {
      for (const { run, fate } of supersession.listCancelled()) addRun(run, fate);
      return { runs, jobs, items: [...groups.values()].map(toWaste).toSorted(compareWaste) };
    },
  };
}

/** What all jobs of a run have in common. */
const ofRuns: readonly WasteDimension[] = ["provider", "project", "pipeline"];

/** Finds the groups of the jobs of a run. Names are joined for each run once, and for a job only where the answer is by jobs. */
function createGroupFinder(groups: Map<string, Group>, by: readonly WasteDimension[]) {
  const byJob = by.filter((dimension) => !ofRuns.includes(dimension));
  return ({ provider, project, pipeline }: AnswerRun): ((job: AnswerJob, at: Millis) => Group) => {
    const ofRun: Waste["names"] = { provider, project, pipeline };
    const prefix = joinKey(...by.map((dimension) => ofRun[dimension] ?? null));
    const find = (key: string, list: () => Waste["names"]): Group => {
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = startGroup(by, { ...ofRun, ...list() })));
      return group;
    };
    if (byJob.length === 0) {
      let group: Group | undefined;
      return () => (group ??= find(prefix, () => ({})));
    }
    return ({ stage, name: job, runnerClass }, at) => {
      const ofJob: Waste["names"] = { stage, job, runner_class: runnerClass, day: Math.floor(at / dayMillis) };
      return find(joinKey(prefix, ...byJob.map((dimension) => ofJob[dimension] ?? null)), () => ofJob);
    };
  };
}

function startGroup(by: readonly WasteDimension[], all: Waste["names"]): Group {
  const millis = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  const names = Object.fromEntries(by.map((dimension) => [dimension, all[dimension] ?? null]));
  return { names, jobs: 0, millis, cost: 0, wastedCost: 0, unpricedMillis: 0, worst: [] };
}

function addWorst(group: Group, wasted: Wasted): void {
  const sorted = [...group.worst, wasted].toSorted(
    (a, b) => b.millis - a.millis || compareTexts(a.nativeId, b.nativeId) || a.runId - b.runId,
  );
  group.worst = sorted.slice(0, runIdsMax);
}

function toWaste({ names, jobs, millis, cost, wastedCost, unpricedMillis, worst }: Group): Waste {
  const totalMillis = causes.reduce((sum, cause) => sum + millis[cause], 0);
  const isPriced = unpricedMillis < totalMillis || (cost > 0 && jobs > 0);
  return {
    names,
    jobs,
    seconds: Object.fromEntries(causes.map((cause) => [cause, millis[cause] / 1000])) as Record<Cause, number>,
    totalSeconds: totalMillis / 1000,
    cost: isPriced ? toCurrency(cost) : null,
    wastedCost: isPriced ? toCurrency(wastedCost) : null,
    unpricedSeconds: unpricedMillis / 1000,
    runIds: worst.map(({ runId }) => runId),
  };
}

/** The seconds that were not useful. */
export function computeWastedSeconds({ totalSeconds, seconds }: Waste): number {
  return totalSeconds - seconds.useful;
}

function compareWaste(a: Waste, b: Waste): number {
  const name = ({ names }: Waste) => joinKey(...Object.values(names));
  return computeWastedSeconds(b) - computeWastedSeconds(a) || compareTexts(name(a), name(b));
}
