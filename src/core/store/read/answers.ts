import type { Findings } from "../../../answers/answer.ts";
import { computeChangesLookback, type Change } from "../../../answers/change.ts";
import { createChangesAnswer } from "../../../answers/changes.ts";
import { createFailuresAnswer, type FailureShare } from "../../../answers/failures.ts";
import { createFlakyAnswer, type FlakyJob } from "../../../answers/flaky.ts";
import { createPathJobsAnswer, type PathJobShare } from "../../../answers/path-jobs.ts";
import { createRedMainAnswer, isRedRun, redMainLookback, type RedMain } from "../../../answers/red-main.ts";
import type { RunnerUse } from "../../../answers/runner-use.ts";
import { computeRunnersLookback, createRunnersAnswer } from "../../../answers/runners.ts";
import { createWhatIfAnswer, type WhatIf } from "../../../answers/what-if.ts";
import { dayTimesErrorBound } from "../../day-bucket.ts";
import { computeAnswer, computeInParts } from "./compute-answer.ts";
import {
  changeFields,
  failureFields,
  flakyFields,
  passFields,
  passedFields,
  pathFields,
  redFields,
  runnerFields,
  wasteFields,
} from "./job-fields.ts";
import type { Reading } from "./context.ts";
import type { Answered, AnswerQuery, FleetQuery, PricedQuery, RunnersQuery, WasteQuery } from "./types.ts";
import { createTimeToPassAnswer, timeToPassLookback, type CommitTime } from "../../../answers/time-to-pass.ts";
import { createWasteAnswer, wasteLookback } from "../../../answers/waste.ts";
import type { Waste } from "../../../answers/waste-groups.ts";

export function findFlakyJobs(reading: Reading, query: PricedQuery): Promise<Answered<FlakyJob>> {
  return computeInParts(reading, query, {
    kind: "flaky",
    create: (span) => createFlakyAnswer(span, query.prices),
    options: () => ({ jobs: { fields: flakyFields } }),
    again: { fields: passedFields, only: "result = 'success'" },
    // After how many executions a job is healthy again is known to the day.
    days: { errorBound: 0 },
  });
}

export function findPathJobs(reading: Reading, query: AnswerQuery): Promise<Answered<PathJobShare>> {
  return computeInParts(reading, query, {
    kind: "pathJobs",
    create: createPathJobsAnswer,
    options: () => ({ graphs: true, jobs: { fields: pathFields } }),
    days: { errorBound: null },
  });
}

/** Only runs of default branches are read, whatever the filter. What is stored of them has all times, so the span need not be widened. */
export function findRedMain(reading: Reading, query: AnswerQuery): Promise<Answered<RedMain>> {
  return computeInParts(reading, query, {
    kind: "redMain",
    create: createRedMainAnswer,
    options: (span) => ({
      lookback: redMainLookback,
      completions: true,
      jobs: { fields: redFields },
      needsJobs: (run) => isRedRun(run, span),
    }),
    rowsFilter: { ...query.filter, defaultBranch: true },
  });
}

export function findChanges(reading: Reading, query: AnswerQuery): Promise<Findings<Change>> {
  const options = { lookback: computeChangesLookback(query), jobs: { fields: changeFields } };
  return computeAnswer(reading, query, createChangesAnswer(query), options);
}

export function findRunnerUse(reading: Reading, query: RunnersQuery): Promise<Answered<RunnerUse>> {
  return computeInParts(reading, query, {
    kind: "runners",
    create: (span) => createRunnersAnswer(span, query.targetSeconds),
    options: (span) => ({ lookback: computeRunnersLookback(span), jobs: { fields: runnerFields } }),
    days: { errorBound: dayTimesErrorBound },
  });
}

export function computeWhatIf(reading: Reading, query: FleetQuery): Promise<WhatIf> {
  return computeAnswer(reading, query, createWhatIfAnswer(query), { jobs: { fields: runnerFields } });
}

export function findWaste(reading: Reading, query: WasteQuery): Promise<Answered<Waste>> {
  return computeInParts(reading, query, {
    kind: "waste",
    create: (span) => createWasteAnswer(span, query.by, query.prices),
    options: () => ({ lookback: wasteLookback, jobs: { fields: wasteFields } }),
    days: { errorBound: null },
  });
}

/** Runs from before the span may have superseded one of it, as for waste. */
export function findFailures(reading: Reading, query: AnswerQuery): Promise<Answered<FailureShare>> {
  return computeInParts(reading, query, {
    kind: "failures",
    create: createFailuresAnswer,
    options: (span) => ({
      lookback: wasteLookback,
      jobs: { fields: failureFields, only: `result in ('failure', 'error', 'timeout', 'cancellation')` },
      passes: span,
    }),
    days: { errorBound: null },
  });
}

export function findTimesToPass(reading: Reading, query: AnswerQuery): Promise<Findings<CommitTime>> {
  const options = { lookback: timeToPassLookback, completions: true, jobs: { fields: passFields } };
  return computeAnswer(reading, query, createTimeToPassAnswer(query), options);
}
