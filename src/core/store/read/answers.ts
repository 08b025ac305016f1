import { setImmediate } from "node:timers/promises";
import type { Findings, Fold } from "../../../answers/answer.ts";
import { computeChangesLookback, type Change } from "../../../answers/change.ts";
import { createChangesAnswer } from "../../../answers/changes.ts";
import { createFailuresAnswer, type FailureShare } from "../../../answers/failures.ts";
import { createFlakyAnswer, type FlakyJob } from "../../../answers/flaky.ts";
import { createPathJobsAnswer, type PathJobShare } from "../../../answers/path-jobs.ts";
import { createRedMainAnswer, isRedRun, redMainLookback, type RedMain } from "../../../answers/red-main.ts";
import type { RunnerUse } from "../../../answers/runner-use.ts";
import { computeRunnersLookback, createRunnersAnswer } from "../../../answers/runners.ts";
import { createWhatIfAnswer, type WhatIf } from "../../../answers/what-if.ts";
import type { JobField } from "./answer-jobs.ts";
import { readAnswerRuns, readRunsByIds, type AnswerRunsOptions } from "./answer-runs.ts";
import type { Reading } from "./context.ts";
import type { AnswerQuery, FleetQuery, PricedQuery, RunnersQuery, WasteQuery } from "./types.ts";
import { createTimeToPassAnswer, timeToPassLookback, type CommitTime } from "../../../answers/time-to-pass.ts";
import { createWasteAnswer, wasteLookback } from "../../../answers/waste.ts";
import type { Waste } from "../../../answers/waste-groups.ts";

/** Computes an answer over the runs of a span, where they are read: in the reader's thread on SQLite. */
async function computeAnswer<Found>(
  reading: Reading,
  query: AnswerQuery,
  answer: Fold<Found>,
  options: AnswerRunsOptions = {},
): Promise<Found> {
  await readAnswerRuns(reading, query, options, (run) => {
    answer.add(run);
  });
  const again = answer.listAgain?.() ?? [];
  await readRunsByIds(reading, again, options, (run) => answer.addAgain?.(run));
  // On PostgreSQL this is the thread that takes deliveries: they come in between.
  while (answer.work?.() === true) await setImmediate();
  return answer.finish();
}

/** What answers about runners use of jobs, and others besides. */
const runnerFields: readonly JobField[] = [
  "result",
  "runnerClass",
  "gateOpenedAt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
];
const pathFields: readonly JobField[] = [...runnerFields, "nativeId", "name", "gate", "gatedAt"];
const changeFields: readonly JobField[] = [...runnerFields, "name", "stage", "durationSeconds"];
const flakyFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "attempt",
  "retries",
  "runnerClass",
  "detail",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
];
const wasteFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "attempt",
  "runnerClass",
  "detail",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
];
const failureFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "nativeStatus",
  "failureReason",
  "detail",
  "queuedAt",
  "finishedAt",
  "durationSeconds",
];
const redFields: readonly JobField[] = ["name", "stage", "result", "allowFailure", "queuedAt", "finishedAt"];
const passFields: readonly JobField[] = [
  "result",
  "gatedAt",
  "gateOpenedAt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
];

export function findFlakyJobs(reading: Reading, query: PricedQuery): Promise<Findings<FlakyJob>> {
  return computeAnswer(reading, query, createFlakyAnswer(query, query.prices), { jobs: { fields: flakyFields } });
}

export function findPathJobs(reading: Reading, query: AnswerQuery): Promise<Findings<PathJobShare>> {
  return computeAnswer(reading, query, createPathJobsAnswer(query), { graphs: true, jobs: { fields: pathFields } });
}

/** Only runs of default branches are read, whatever the filter. */
export function findRedMain(reading: Reading, query: AnswerQuery): Promise<Findings<RedMain>> {
  const filter = { ...query.filter, defaultBranch: true };
  return computeAnswer(reading, { ...query, filter }, createRedMainAnswer(query), {
    lookback: redMainLookback,
    completions: true,
    jobs: { fields: redFields },
    needsJobs: (run) => isRedRun(run, query),
  });
}

export function findChanges(reading: Reading, query: AnswerQuery): Promise<Findings<Change>> {
  const options = { lookback: computeChangesLookback(query), jobs: { fields: changeFields } };
  return computeAnswer(reading, query, createChangesAnswer(query), options);
}

export function findRunnerUse(reading: Reading, query: RunnersQuery): Promise<Findings<RunnerUse>> {
  const answer = createRunnersAnswer(query, query.targetSeconds);
  return computeAnswer(reading, query, answer, {
    lookback: computeRunnersLookback(query),
    jobs: { fields: runnerFields },
  });
}

export function computeWhatIf(reading: Reading, query: FleetQuery): Promise<WhatIf> {
  return computeAnswer(reading, query, createWhatIfAnswer(query), { jobs: { fields: runnerFields } });
}

export function findWaste(reading: Reading, query: WasteQuery): Promise<Findings<Waste>> {
  return computeAnswer(reading, query, createWasteAnswer(query, query.by, query.prices), {
    lookback: wasteLookback,
    jobs: { fields: wasteFields },
  });
}

/** Runs from before the span may have superseded one of it, as for waste. */
export function findFailures(reading: Reading, query: AnswerQuery): Promise<Findings<FailureShare>> {
  return computeAnswer(reading, query, createFailuresAnswer(query), {
    lookback: wasteLookback,
    jobs: { fields: failureFields, only: `result in ('failure', 'error', 'timeout', 'cancellation')` },
    passes: query,
  });
}

export function findTimesToPass(reading: Reading, query: AnswerQuery): Promise<Findings<CommitTime>> {
  const options = { lookback: timeToPassLookback, completions: true, jobs: { fields: passFields } };
  return computeAnswer(reading, query, createTimeToPassAnswer(query), options);
}
