import { compareTexts, toDay, type AnswerRun, type Findings, type Mergeable, type Span } from "./answer.ts";
import { classifyFailure } from "./classify-failure.ts";
import { failureClasses, type FailureClass } from "../core/failure-classes.ts";
import { createFailedJobs, groupFailed, loadFailed, type Failed, type FailedJobs } from "./failed-jobs.ts";
import { createRunCounts, type SavedRunCounts } from "./run-counts.ts";
import { createSupersession, type CancelledRun, type SavedBegins } from "./supersession.ts";
import { createTexts } from "./texts.ts";
import { isCarriedOver, isDecided, isFailed } from "../core/job-end.ts";
import type { Millis } from "../core/time.ts";

/** The jobs that went wrong in one way. */
export interface FailureShare {
  readonly failureClass: FailureClass;
  readonly jobs: number;
  readonly runs: number;
  /** Their work. */
  readonly seconds: number;
  /** Jobs of this class among the jobs of all classes. */
  readonly share: number;
  /** The providers' words, those of most jobs first. */
  readonly reasons: readonly ReasonCount[];
  /** The newest first. */
  readonly runIds: readonly number[];
  readonly exampleRunId: number;
  readonly lastAt: Millis;
}

export interface ReasonCount {
  /** `null`: the provider gave no reason. */
  readonly reason: string | null;
  readonly jobs: number;
}

export const failuresDefinition =
  "Jobs that failed (failure, error or timeout) or were cancelled and ended in the span, and runs without jobs (Jenkins), by " +
  "what went wrong: the provider's reason, the exit code, the failed step and the names of job and stage decide; every try " +
  "counts; classes are ordered by the sum of their ranks by recency, number and work";

/** Stands for a run that was not cancelled. */
const none: CancelledRun = { ref: null, begin: 0, end: null };

const reasonsMax = 10;
const runIdsMax = 10;

interface SavedFailures {
  readonly failed: FailedJobs;
  readonly reasons: readonly (string | null)[];
  readonly cancelled: readonly CancelledRun[];
  readonly begins: SavedBegins;
  readonly counts: SavedRunCounts;
}

/** Classifies what failed. */
export function createFailuresAnswer(span: Span): Mergeable<Findings<FailureShare>> {
  const failed = createFailedJobs();
  const reasons = createTexts();
  const cancelled: CancelledRun[] = [];
  const supersession = createSupersession();
  const counts = createRunCounts();
  const inSpan = (at: Millis | null): at is Millis => at !== null && at >= span.since && at < span.until;

  function addUnits(run: AnswerRun, ofRun: number): void {
    const { id: runId, nativeId, provider, result: runResult } = run;
    const fate = ofRun < 0 ? "finished" : "cancelled";
    const days = new Set<number>(run.othersPassed === true ? [toDay(span.since)] : []);
    for (const unit of listUnits(run)) {
      if (!inSpan(unit.finishedAt) || isCarriedOver(unit)) continue;
      if (isDecided(unit.result) || unit.result === "cancellation") days.add(toDay(unit.finishedAt));
      if (!isFailed(unit.result) && unit.result !== "cancellation") continue;
      const found = classifyFailure({ ...unit, provider, fate, runResult });
      if (found === undefined) continue;
      failed.at.push(unit.finishedAt);
      failed.runId.push(runId);
      failed.nativeId.push(nativeId);
      failed.millis.push(Math.round((unit.durationSeconds ?? 0) * 1000));
      failed.kind.push(failureClasses.indexOf(found));
      failed.reason.push(reasons.number(unit.failureReason));
      failed.cancelled.push(unit.result === "cancellation" ? ofRun : -1);
    }
    counts.add(days);
  }

  return {
    add(run) {
      const own = supersession.add(run);
      addUnits(run, own === undefined ? -1 : cancelled.push(own) - 1);
    },
    save: (): SavedFailures => ({
      failed,
      reasons: reasons.list(),
      cancelled,
      begins: supersession.save(),
      counts: counts.save(),
    }),
    load(state) {
      const saved = state as SavedFailures;
      const numbers = saved.reasons.map((reason) => reasons.number(reason));
      loadFailed(failed, saved.failed, { span, reasons: numbers, cancelled: cancelled.length });
      cancelled.push(...saved.cancelled);
      supersession.load(saved.begins);
      counts.load(saved.counts);
    },
    finish() {
      const superseded = supersession.findSuperseded(cancelled);
      const classes = groupFailed(failed, (run) => superseded.has(cancelled[run] ?? none));
      const items = [...classes].map(([name, list]) => summarizeClass(name, list, reasons.list(), failed.at.length));
      return { runs: counts.count(span), jobs: failed.at.length, items: orderClasses(items) };
    },
  };
}

/** The jobs of a run; a run of a provider that states none, as one. */
function listUnits(run: AnswerRun) {
  if (run.jobs.length > 0 || run.provider !== "jenkins") return run.jobs;
  const { nativeStatus, result, queuedAt, finishedAt, durationSeconds } = run;
  const one = { name: run.pipeline, stage: null, result, nativeStatus, failureReason: nativeStatus, detail: null };
  return [{ ...one, queuedAt, finishedAt, durationSeconds }];
}

function summarizeClass(
  failureClass: FailureClass,
  list: readonly Failed[],
  texts: readonly (string | null)[],
  all: number,
): FailureShare {
  const newest = list.toSorted((a, b) => b.at - a.at || compareTexts(a.nativeId, b.nativeId));
  const runIds = [...new Set(newest.map(({ runId }) => runId))];
  const counts = new Map<number, number>();
  for (const { reason } of list) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts]
    .map(([reason, jobs]) => ({ reason: texts[reason] ?? null, jobs }))
    .toSorted((a, b) => b.jobs - a.jobs || compareTexts(a.reason ?? "", b.reason ?? ""));
  return {
    failureClass,
    jobs: list.length,
    runs: runIds.length,
    seconds: list.reduce((total, { millis }) => total + millis, 0) / 1000,
    share: list.length / all,
    reasons: reasons.slice(0, reasonsMax),
    runIds: runIds.slice(0, runIdsMax),
    exampleRunId: runIds[0] ?? 0,
    lastAt: newest[0]?.at ?? 0,
  };
}

/**
 * By the sum of their ranks by recency, frequency and work, the greatest concern first. Aïdasso et al. rank the causes of flaky
 * jobs so: https://arxiv.org/abs/2501.04976
 */
function orderClasses(items: readonly FailureShare[]): readonly FailureShare[] {
  const measures = [
    ({ lastAt }: FailureShare) => lastAt,
    ({ jobs }: FailureShare) => jobs,
    ({ seconds }: FailureShare) => seconds,
  ];
  const score = (item: FailureShare) =>
    measures.reduce((sum, measure) => sum + items.filter((other) => measure(other) > measure(item)).length, 0);
  return items.toSorted((a, b) => score(a) - score(b) || compareTexts(a.failureClass, b.failureClass));
}
