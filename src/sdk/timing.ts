import { Summary } from "./metric.ts";
import type { CollectorRegistry } from "./registry.ts";

/** Helpers that time functions into the summary `execution_seconds{function}` of a registry. */
export interface Timings {
  /** The function, timed under its own name each time it is called. */
  readonly timed: <A extends readonly unknown[], R>(work: (...args: A) => R) => (...args: A) => R;
  /** Calls the function once and times it under `name`. A promise is timed until it settles. */
  readonly observe: <R>(name: string, work: () => R) => R;
}

/** `owner` is a prefix of each function's name, joined with a "."; the metrics are grouped by it. */
export function createTimings(registry: CollectorRegistry, owner = ""): Timings {
  const summary = new Summary("execution_seconds", "Summary of time spent executing something", ["function"], registry);
  const series = (name: string) => summary.labels(owner === "" ? name : `${owner}.${name}`);
  const observe = <R>(name: string, work: () => R): R => {
    const elapsed = timer();
    const end = () => series(name).observe(elapsed());
    try {
      const result = work();
      if (result instanceof Promise) return result.finally(end) as R;
      end();
      return result;
    } catch (error) {
      end();
      throw error;
    }
  };
  return {
    observe,
    timed: (work) => {
      if (work.name === "") throw new TypeError("a function without a name cannot be timed: use observe(name, work)");
      return (...args) => observe(work.name, () => work(...args));
    },
  };
}

/** A stopwatch: each call gives the seconds since it was made, to the millisecond. */
export function timer(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt) / 1000;
}
