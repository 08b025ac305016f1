import type { Millis } from "./time.ts";
import type { RunResult } from "./states.ts";
import { joinLabels, type Labels, type Series } from "./series.ts";
import type { Exemplar, Increment } from "./increment.ts";

/** An attempt that reached a result. A greater `order` is a later attempt. */
export interface CompletionFacts {
  readonly order: number;
  readonly result: RunResult;
  readonly finishedAt: Millis | null;
  readonly durationSeconds: number | null;
  readonly queueSeconds: number | null;
}

/** A completion to be counted: its `increments` are added only if the database really inserts its key. */
export interface Counted {
  readonly key: string;
  /** `null`: the run's name is unknown so far, so the completion is stored now and counted later. */
  readonly counter: Series | null;
  readonly completion: CompletionFacts;
  readonly increments: readonly Increment[];
  /** Of a job: its work, which is among the increments. */
  readonly seconds?: Increment | undefined;
  /** Further increments that count together with it, and that the completion does not prove: they are stored as tallies. */
  readonly tallied?: readonly Increment[];
}

/** Times of a completion that was counted before. */
export interface Filled extends Counted {
  readonly counter: Series;
  /** The key that the completion gets with its times. */
  readonly renamed: string;
}

/** One measured time as an increment; `undefined` where there is none. */
export function observeTime(
  { metric, labels }: Series,
  seconds: number | null,
  exemplar: Exemplar | undefined,
): Increment | undefined {
  return seconds !== null && seconds >= 0 ? { metric, labels, count: 1, seconds, exemplar } : undefined;
}

/** Adds one measured time to `increments`. */
function observe(
  increments: Increment[],
  series: Series,
  seconds: number | null,
  exemplar: Exemplar | undefined,
): void {
  const observed = observeTime(series, seconds, exemplar);
  if (observed !== undefined) increments.push(observed);
}

/** Where the completions of a run are counted. */
export interface RunCounters {
  /** Provider, project and pipeline. */
  readonly labels: Labels;
  /** The value of `default_branch`. */
  readonly branch: string;
  /** `undefined`: the time of the completion is unknown. */
  readonly exemplar: Exemplar | undefined;
  /** The exemplar of the queue time, where it differs from `exemplar`. */
  readonly waited?: Exemplar | undefined;
}

/** A new completion of a run, with further increments that count together with it. */
export function countRun(
  key: string,
  completion: CompletionFacts,
  counters: RunCounters,
  more: readonly Increment[] = [],
): Counted {
  const { counter, duration, queue } = chooseSeries(completion.result, counters);
  const increments: Increment[] = [{ ...counter, count: 1, exemplar: counters.exemplar }];
  observe(increments, duration, completion.durationSeconds, counters.exemplar);
  observe(increments, queue, completion.queueSeconds, counters.waited ?? counters.exemplar);
  return { key, counter, completion, increments: [...increments, ...more] };
}

/** A completion whose times arrived only after it was counted as `old`. */
export function fillRun(key: string, old: CompletionFacts, completion: CompletionFacts, counters: RunCounters): Filled {
  const { counter, duration, queue } = chooseSeries(old.result, counters);
  const increments: Increment[] = [];
  const { exemplar: link, waited } = counters;
  const exemplar = link === undefined ? undefined : { ...link, at: old.finishedAt ?? link.at };
  if (old.durationSeconds === null) observe(increments, duration, completion.durationSeconds, exemplar);
  if (old.queueSeconds === null) observe(increments, queue, completion.queueSeconds, waited ?? exemplar);
  return { key, renamed: key, counter, completion, increments };
}

function chooseSeries(
  result: RunResult,
  { labels, branch }: RunCounters,
): Record<"counter" | "duration" | "queue", Series> {
  const counter: Series = { metric: "runs", labels: joinLabels(labels, branch, result) };
  return {
    counter,
    duration: { metric: "runDuration", labels: counter.labels },
    queue: { metric: "runQueue", labels },
  };
}
