import { createHash } from "node:crypto";
import { runResults, type RunResult } from "./states.ts";
import type { MetricKey } from "./stored-metrics.ts";

/** Label values hold no control characters, so with this separator two different label sets never join to one text. */
const separator = "\u0001";

/** Label values in the order of the metric's `labels`, joined. One string, because the hot path looks up dozens a run. */
export type Labels = string;

export function joinLabels(...parts: readonly Labels[]): Labels {
  return parts.join(separator);
}

export function splitLabels(labels: Labels): string[] {
  return labels.split(separator);
}

/** One series of a stored metric. */
export interface Series {
  readonly metric: MetricKey;
  readonly labels: Labels;
}

export function toSeriesKey({ metric, labels }: Series): string {
  return metric + separator + labels;
}

export const labelMax = 128;

/** A label value of at most `max` characters; a longer one is cut and gets a hash, so that different values stay different. */
export function cutLabel(value: string | null | undefined, max: number = labelMax): string {
  if (value === null || value === undefined || value.length <= max) return value ?? "";
  const hash = createHash("sha256").update(value).digest("hex").slice(0, 12);
  return `${value.slice(0, max - 13).toWellFormed()}~${hash}`;
}

/** A pipeline (labels with `default_branch`) or a job that was seen: some of its counters must exist from now on. */
export interface FirstSeen {
  readonly what: "pipeline" | "job";
  readonly labels: Labels;
}

/**
 * The counters that are created at 0, so that `increase()` sees the first event. A pipeline gets those of every result. Jobs
 * have many series, so they get only those of `success` and `failure`, which alerts look at.
 */
export function listInitialSeries({ what, labels }: FirstSeen): Series[] {
  if (what === "job") {
    const watched: readonly RunResult[] = ["success", "failure"];
    return [
      { metric: "jobRetries", labels },
      ...watched.map((result): Series => ({ metric: "jobs", labels: joinLabels(labels, result) })),
    ];
  }
  const pipeline = labels.slice(0, labels.lastIndexOf(separator));
  return [
    { metric: "restarts", labels: pipeline },
    { metric: "recovered", labels: pipeline },
    ...runResults.map((result): Series => ({ metric: "runs", labels: joinLabels(labels, result) })),
  ];
}
