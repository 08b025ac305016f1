import type { Millis, Result } from "./model.ts";
import type { Exemplar, Increment, Series } from "./rollup.ts";

/** An attempt that reached a result. `order` tells which attempt came later. */
export interface CompletionFacts {
  readonly order: number;
  readonly result: Result;
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

/** What a completion adds: one to its counter, and its times, where they were measured, to their histograms. */
export function incrementsOf(
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
  exemplar: Exemplar,
): void {
  if (seconds !== null && seconds >= 0) increments.push({ metric, labels, count: 1, seconds, exemplar });
}
