import { coversDay, toDay, type Span } from "./answer.ts";
import type { CommitFlakes } from "./commit-flakes.ts";
import type { FindHistory, Histories, JobHistory } from "./flaky-histories.ts";
import { createTexts } from "./texts.ts";
import type { PricedJob } from "../core/prices.ts";

/**
 * Histories as lists of numbers, which are parsed and read several times faster than objects: of each text its place among the texts, and
 * of each job its place among the jobs.
 */
export interface SavedHistories {
  readonly texts: readonly (string | null)[];
  /** The names of each job: provider, source, project, pipeline, stage, name. Jobs of one pipeline follow each other. */
  readonly jobs: readonly number[];
  /** A job, a day, and how many of its executions passed on it. */
  readonly days: readonly number[];
  /** The others, each by its job. */
  readonly others: {
    readonly job: readonly number[];
    readonly at: readonly number[];
    readonly runId: readonly number[];
    readonly nativeId: readonly string[];
    readonly flaked: readonly number[];
    /** -1: runs of its commit may have had different code. */
    readonly commit: readonly number[];
    /** How many of the next two lists belong to each. */
    readonly tries: readonly number[];
    readonly failures: readonly number[];
  };
  /** Of each failed try the place of its runner class, the end and the milliseconds. */
  readonly tries: readonly number[];
  /** When failed tries ended. */
  readonly failedAt: readonly number[];
}

const numbersOfJob = 6;
const numbersOfDay = 3;
const numbersOfTry = 3;

export function saveHistories(histories: readonly JobHistory[]): SavedHistories {
  const texts = createTexts();
  const [jobs, days, tries, failedAt]: [number[], number[], number[], number[]] = [[], [], [], []];
  const others = createOthers();
  histories.forEach(({ names, passes, others: own }, job) => {
    const { provider, source, project, pipeline, stage, jobName } = names;
    for (const text of [provider, source, project, pipeline, stage, jobName]) jobs.push(texts.number(text));
    const passed = new Map(passes.days);
    for (const at of passes.at) passed.set(toDay(at), (passed.get(toDay(at)) ?? 0) + 1);
    for (const [day, count] of passed) days.push(job, day, count);
    for (const execution of own) {
      others.job.push(job);
      others.at.push(execution.at);
      others.runId.push(execution.runId);
      others.nativeId.push(execution.nativeId);
      others.flaked.push(execution.verdict === "flaked" ? 1 : 0);
      others.commit.push(execution.commit ?? -1);
      others.tries.push(execution.failedTries.length);
      others.failures.push(execution.failedAt.length);
      for (const { runnerClass, at, millis } of execution.failedTries)
        tries.push(texts.number(runnerClass), at, millis);
      failedAt.push(...execution.failedAt);
    }
  });
  return { texts: texts.list(), jobs, days, others, tries, failedAt };
}

function createOthers() {
  const numbers = (): number[] => [];
  const nativeId: string[] = [];
  return {
    job: numbers(),
    at: numbers(),
    runId: numbers(),
    nativeId,
    flaked: numbers(),
    commit: numbers(),
    tries: numbers(),
    failures: numbers(),
  };
}

/** Adds what was saved of the days of a span. What was saved is not changed. */
export function loadHistories(histories: Histories, saved: SavedHistories, span: Span, commits: CommitFlakes): void {
  const all = findJobs(histories, saved);
  const { days, others, tries, failedAt } = saved;
  for (let i = 0; i < days.length; i += numbersOfDay) {
    const [job, day, count] = [days[i] ?? 0, days[i + 1] ?? 0, days[i + 2] ?? 0];
    const passes = all[job]?.passes;
    if (coversDay(span, day)) passes?.days.set(day, (passes.days.get(day) ?? 0) + count);
  }
  let [nextTry, nextFailure] = [0, 0];
  others.at.forEach((at, i) => {
    const [firstTry, firstFailure] = [nextTry, nextFailure];
    nextTry += (others.tries[i] ?? 0) * numbersOfTry;
    nextFailure += others.failures[i] ?? 0;
    const history = all[others.job[i] ?? 0];
    if (history === undefined || !coversDay(span, toDay(at))) return;
    const commit = others.commit[i] ?? -1;
    const execution = {
      at,
      runId: others.runId[i] ?? 0,
      nativeId: others.nativeId[i] ?? "",
      verdict: others.flaked[i] === 1 ? ("flaked" as const) : ("failed" as const),
      failedTries: listTries(saved.texts, tries, firstTry, nextTry),
      failedAt: failedAt.slice(firstFailure, nextFailure),
      commit: commit < 0 ? null : commit,
    };
    history.others.push(execution);
    const { stage, jobName: name } = history.names;
    if (execution.verdict === "failed") commits.addFailure({ stage, name, failedAt: execution.failedAt, execution });
  });
}

/** The histories of the saved jobs, in their order. */
function findJobs(histories: Histories, { texts, jobs }: SavedHistories): JobHistory[] {
  const found: JobHistory[] = [];
  let find: FindHistory | undefined;
  for (let i = 0; i < jobs.length; i += numbersOfJob) {
    const text = (place: number) => texts[jobs[i + place] ?? 0] ?? null;
    let isSame = find !== undefined;
    for (let place = 0; place < 4; place++) isSame &&= jobs[i + place] === jobs[i + place - numbersOfJob];
    if (!isSame || find === undefined)
      find = histories.ofRun({ provider: text(0) ?? "", source: text(1) ?? "", project: text(2), pipeline: text(3) });
    found.push(find(text(4), text(5) ?? ""));
  }
  return found;
}

function listTries(texts: SavedHistories["texts"], tries: readonly number[], from: number, to: number): PricedJob[] {
  const list: PricedJob[] = [];
  for (let i = from; i < to; i += numbersOfTry)
    list.push({ runnerClass: texts[tries[i] ?? 0] ?? null, at: tries[i + 1] ?? 0, millis: tries[i + 2] ?? 0 });
  return list;
}
