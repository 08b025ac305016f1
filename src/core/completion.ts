import type { Millis } from "./time.ts";
import type { RunResult } from "./states.ts";
import { joinLabels, type Labels, type Series } from "./series.ts";
import type { Exemplar, Increment } from "./increment.ts";

/** An attempt that reached a result. `order` tells which attempt came later. */
export interface CompletionFacts {
  readonly order: number;
  readonly result: RunResult;
  readonly finishedAt: Millis | null;
  readonly durationSeconds: number | null;
  readonly queueSeconds: number | null;
}

/** A completion as it is to be counted: only if the database really inserts its key, `increments` are added. */
export interface Counted {
  readonly key: string;
  /** `null`: its run's name is not known yet, so it is kept, and counted later. */
  readonly counter: Series | null;
  readonly completion: CompletionFacts;
  readonly increments: readonly Increment[];
}

/** Times of a completion that was counted before. */
export interface Filled extends Counted {
  readonly counter: Series;
  /** The key that the completion gets with its times. */
  readonly renamed: string;
}

/** What a completion adds: one to its counter, and its times, where they were measured, to their histograms. */
export function countCompletion(
  counter: Series,
  { durationSeconds, queueSeconds }: CompletionFacts,
  histograms: { readonly duration: Series; readonly queue: Series },
  exemplar: Exemplar,
): Increment[] {
  const increments: Increment[] = [{ metric: counter.metric, labels: counter.labels, count: 1, exemplar }];
  observe(increments, histograms.duration, durationSeconds, exemplar);
  observe(increments, histograms.queue, queueSeconds, exemplar);
  return increments;
}

/** Adds one measured time to `increments`: nothing where there is no time. */
export function observe(
  increments: Increment[],
  { metric, labels }: Series,
  seconds: number | null,
  exemplar: Exemplar | undefined,
): void {
  if (seconds !== null && seconds >= 0) increments.push({ metric, labels, count: 1, seconds, exemplar });
}

/** Where the completions of a run are counted. */
export interface RunCounters {
  /** Provider, project and pipeline. */
  readonly labels: Labels;
  /** The value of `default_branch`. */
  readonly branch: string;
  /** `undefined`: when the completion happened is not known. */
  readonly exemplar: Exemplar | undefined;
  /** Where the wait is linked to another moment. */
  readonly waited?: Exemplar | undefined;
}

/** A completion of a run that is new, with what counts besides. */
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

/** A completion whose times became known only after it was counted as `old`. */
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
