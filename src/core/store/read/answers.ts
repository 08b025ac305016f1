import type { Answer, Findings } from "../../../answers/answer.ts";
import { computeChangesLookback, type Change } from "../../../answers/change.ts";
import { createChangesAnswer } from "../../../answers/changes.ts";
import { createFlakyAnswer, type FlakyJob } from "../../../answers/flaky.ts";
import { createPathJobsAnswer, type PathJobShare } from "../../../answers/path-jobs.ts";
import { createRedMainAnswer, isRedRun, redMainLookback, type RedMain } from "../../../answers/red-main.ts";
import { readAnswerRuns, type AnswerRunsOptions } from "./answer-runs.ts";
import type { Reading } from "./context.ts";
import type { AnswerQuery } from "./types.ts";

/** Computes an answer over the runs of a span, where they are read: in the reader's thread on SQLite. */
async function computeAnswer<Item>(
  reading: Reading,
  query: AnswerQuery,
  answer: Answer<Item>,
  options: AnswerRunsOptions = {},
): Promise<Findings<Item>> {
  await readAnswerRuns(reading, query, options, (run) => {
    answer.add(run);
  });
  return answer.finish();
}

export function findFlakyJobs(reading: Reading, query: AnswerQuery): Promise<Findings<FlakyJob>> {
  return computeAnswer(reading, query, createFlakyAnswer(query));
}

export function findPathJobs(reading: Reading, query: AnswerQuery): Promise<Findings<PathJobShare>> {
  return computeAnswer(reading, query, createPathJobsAnswer(query), { graphs: true });
}

/** Only runs of default branches are read, whatever the filter. */
export function findRedMain(reading: Reading, query: AnswerQuery): Promise<Findings<RedMain>> {
  const filter = { ...query.filter, defaultBranch: true };
  return computeAnswer(reading, { ...query, filter }, createRedMainAnswer(query), {
    lookback: redMainLookback,
    completions: true,
    needsJobs: (run) => isRedRun(run, query),
  });
}

export function findChanges(reading: Reading, query: AnswerQuery): Promise<Findings<Change>> {
  return computeAnswer(reading, query, createChangesAnswer(query), { lookback: computeChangesLookback(query) });
}
