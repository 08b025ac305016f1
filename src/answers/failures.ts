import { compareTexts, type Answer, type AnswerRun, type Span } from "./answer.ts";
import { classifyFailure } from "./classify-failure.ts";
import type { FailureClass } from "../core/failure-classes.ts";
import type { RunFate } from "./job-causes.ts";
import { createSupersession } from "./supersession.ts";
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

const reasonsMax = 10;
const runIdsMax = 10;

/** One job, or one run of a provider without jobs. */
interface Failed {
  readonly at: Millis;
  readonly runId: number;
  readonly nativeId: string;
  readonly millis: number;
  readonly reason: string | null;
}

/** Classifies what failed. */
export function createFailuresAnswer(span: Span): Answer<FailureShare> {
  const classes = new Map<FailureClass, Failed[]>();
  const supersession = createSupersession();
  let runs = 0;
  const inSpan = (at: Millis | null): at is Millis => at !== null && at >= span.since && at < span.until;

  function addRun(run: AnswerRun, fate: RunFate): void {
    const { id: runId, nativeId, provider, result: runResult } = run;
    let counts = run.othersPassed === true;
    for (const unit of listUnits(run)) {
      if (!inSpan(unit.finishedAt) || isCarriedOver(unit)) continue;
      if (isDecided(unit.result) || unit.result === "cancellation") counts = true;
      if (!isFailed(unit.result) && unit.result !== "cancellation") continue;
      const found = classifyFailure({ ...unit, provider, fate, runResult });
      if (found === undefined) continue;
      const millis = Math.round((unit.durationSeconds ?? 0) * 1000);
      const failed = { at: unit.finishedAt, runId, nativeId, millis, reason: unit.failureReason };
      const list = classes.get(found);
      if (list === undefined) classes.set(found, [failed]);
      else list.push(failed);
    }
    if (counts) runs++;
  }

  return {
    add(run) {
      supersession.add(run);
      if (run.result !== "cancellation") addRun(run, "finished");
    },
    finish() {
      for (const { run, fate } of supersession.listCancelled()) addRun(run, fate);
      const jobs = [...classes.values()].reduce((total, list) => total + list.length, 0);
      const items = [...classes].map(([name, list]) => summarizeClass(name, list, jobs));
      return { runs, jobs, items: orderClasses(items) };
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

function summarizeClass(failureClass: FailureClass, list: readonly Failed[], all: number): FailureShare {
  const newest = list.toSorted((a, b) => b.at - a.at || compareTexts(a.nativeId, b.nativeId));
  const runIds = [...new Set(newest.map(({ runId }) => runId))];
  const counts = new Map<string | null, number>();
  for (const { reason } of list) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts]
    .map(([reason, jobs]) => ({ reason, jobs }))
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
