import { setImmediate } from "node:timers/promises";
import type { Findings, Fold, Mergeable, Span } from "../../../answers/answer.ts";
import { AppError } from "../../errors.ts";
import { addPartials } from "./add-partials.ts";
import {
  findFirstDelivery,
  readAnswerRuns,
  readRunsBetween,
  readRunsByIds,
  runsMax,
  type AnswerRunsOptions,
} from "./answer-runs.ts";
import type { AnswerJobOptions } from "./answer-jobs.ts";
import type { Reading } from "./context.ts";
import { exactRunsMax, hasManyRuns } from "./exact-runs.ts";
import { widenToDays } from "./job-summary-days.ts";
import type { PartialKind } from "./partial-kinds.ts";
import type { Answered, AnswerQuery } from "./types.ts";

/** Computes an answer over the runs of a span, where they are read: in the reader's thread. */
export async function computeAnswer<Found>(
  reading: Reading,
  query: AnswerQuery,
  answer: Fold<Found>,
  options: AnswerRunsOptions = {},
): Promise<Found> {
  await readAnswerRuns(reading, query, options, (run) => {
    answer.add(run);
  });
  return finish(reading, answer, options);
}

async function finish<Found>(reading: Reading, answer: Fold<Found>, options: AnswerRunsOptions): Promise<Found> {
  await readRunsByIds(reading, answer.listAgain?.() ?? [], { ...options, lookback: 0 }, (run) =>
    answer.addAgain?.(run),
  );
  // Where there is no thread for it, deliveries come in between.
  while (answer.work?.() === true) await setImmediate();
  return answer.finish();
}

/** How an answer is computed that is stored in parts. */
interface AnswerInParts<Item> {
  readonly kind: PartialKind;
  readonly create: (span: Span) => Mergeable<Findings<Item>>;
  readonly options: (span: Span) => AnswerRunsOptions;
  /** What is read of jobs of runs that the answer looks at again; default: what it read of others. */
  readonly again?: AnswerJobOptions;
  /** Given where the parts know days: the span is widened to them. `errorBound`: `null` where all figures are as of rows. */
  readonly days?: { readonly errorBound: number | null };
  /** Another filter than that of the query where runs are read. */
  readonly rowsFilter?: AnswerQuery["filter"];
}

/**
 * Computes an answer from rows up to `exactRunsMax` runs, and beyond that from what is stored of hours and days, and from the rows of
 * the runs that have changed since. What is stored knows no filters: with one the answer is computed from rows.
 */
export async function computeInParts<Item>(
  reading: Reading,
  query: AnswerQuery,
  { kind, create, options, again, days, rowsFilter = query.filter }: AnswerInParts<Item>,
): Promise<Answered<Item>> {
  const { since, until, filter, exactMax = exactRunsMax } = query;
  const given: Span = { since, until };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const first = since - (options(given).lookback ?? 0);
  if (isFiltered || !(await hasManyRuns(reading, { since: first, max: exactMax }))) {
    const found = await computeAnswer(reading, { ...query, filter: rowsFilter }, create(given), options(given));
    return { ...found, ...given, exact: true, errorBound: null };
  }
  const span = days === undefined ? given : widenToDays(given);
  const ofSpan = options(span);
  const answer = create(span);
  const rest = await addPartials(reading, kind, answer, findFirstDelivery(span, ofSpan));
  if (rest.runs > runsMax) throw createNotMadeError(rest.runs);
  for (const range of rest.ranges) await readRunsBetween(reading, range, ofSpan, (run) => answer.add(run));
  const found = await finish(reading, answer, again === undefined ? ofSpan : { jobs: again });
  const errorBound = days?.errorBound ?? null;
  return { ...found, ...span, exact: errorBound === null, errorBound };
}

function createNotMadeError(runs: number): AppError {
  return new AppError(
    "invalid",
    `${runs} runs of this span are not summed up by day yet, and at most ${runsMax} are read one by one: choose a later since, name a project, or wait until the server has summed them up (some minutes after an upgrade)`,
  );
}
