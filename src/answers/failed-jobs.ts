import { coversDay, toDay, type Span } from "./answer.ts";
import { failureClasses, type FailureClass } from "../core/failure-classes.ts";
import type { Millis } from "../core/time.ts";

/** Jobs, or runs of a provider without jobs; a list of each property, because there are many. Those of one place belong together. */
export interface FailedJobs {
  readonly at: Millis[];
  readonly runId: number[];
  readonly nativeId: string[];
  readonly millis: number[];
  /** Place in `failureClasses`. */
  readonly kind: number[];
  /** Place in the texts. */
  readonly reason: number[];
  /** Place of its run among the cancelled ones, where this job was cancelled with it; -1: it was not. */
  readonly cancelled: number[];
}

/** One of the failed jobs. */
export interface Failed {
  readonly at: Millis;
  readonly runId: number;
  readonly nativeId: string;
  readonly millis: number;
  readonly reason: number;
}

export function createFailedJobs(): FailedJobs {
  return { at: [], runId: [], nativeId: [], millis: [], kind: [], reason: [], cancelled: [] };
}

interface LoadOptions {
  readonly span: Span;
  /** The new numbers of the saved reasons. */
  readonly reasons: readonly number[];
  /** Cancelled runs that there were before. */
  readonly cancelled: number;
}

/** Adds saved jobs that ended on days of the span. */
export function loadFailed(failed: FailedJobs, saved: FailedJobs, { span, reasons, cancelled }: LoadOptions): void {
  saved.at.forEach((at, i) => {
    if (!coversDay(span, toDay(at))) return;
    const run = saved.cancelled[i] ?? -1;
    failed.at.push(at);
    failed.runId.push(saved.runId[i] ?? 0);
    failed.nativeId.push(saved.nativeId[i] ?? "");
    failed.millis.push(saved.millis[i] ?? 0);
    failed.kind.push(saved.kind[i] ?? 0);
    failed.reason.push(reasons[saved.reason[i] ?? 0] ?? 0);
    failed.cancelled.push(run < 0 ? -1 : cancelled + run);
  });
}

/** The jobs by class; those that were cancelled with a superseded run are of a class of their own. */
export function groupFailed(
  failed: FailedJobs,
  isSuperseded: (cancelled: number) => boolean,
): ReadonlyMap<FailureClass, readonly Failed[]> {
  const classes = new Map<FailureClass, Failed[]>();
  failed.at.forEach((at, i) => {
    const own = failureClasses[failed.kind[i] ?? 0] ?? "unknown";
    const name = isSuperseded(failed.cancelled[i] ?? -1) ? "superseded" : own;
    const list = classes.get(name) ?? [];
    classes.set(name, list);
    list.push({
      at,
      runId: failed.runId[i] ?? 0,
      nativeId: failed.nativeId[i] ?? "",
      millis: failed.millis[i] ?? 0,
      reason: failed.reason[i] ?? 0,
    });
  });
  return classes;
}
