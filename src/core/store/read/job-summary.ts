import { AppError } from "../../errors.ts";
import { aheadMax } from "../../sender-clock.ts";
import { runResults } from "../../states.ts";
import type { JobDimension, JobSummary, JobSummaryGroup, JobSummaryQuery } from "./job-types.ts";
import type { Millis } from "../../time.ts";
import { bigint } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { readJobSeries } from "./job-series.ts";
import { isInDayCube, summariseDays, widenToDays } from "./job-summary-days.ts";
import { summariseRows } from "./job-summary-rows.ts";

/** The most groups of an answer: those with the most completions. */
const groupsMax = 1000;

/** Runs of a span up to which its jobs are read one by one: in about two seconds. */
const exactRunsMax = 70_000;

/**
 * Counts and percentiles of the jobs that finished in a span, under the names under which `/metrics` counts them. Up to
 * `exactRunsMax` runs they are computed from each job, beyond that from the day cube. Throws `invalid` for what is not in it.
 */
export async function summariseJobs(reading: Reading, query: JobSummaryQuery): Promise<JobSummary> {
  const named = await readJobSeries(reading, query);
  const { by, since, until } = query;
  const max = query.exactMax ?? exactRunsMax;
  const isLarge = await hasManyRuns(reading, since, max);
  if (isLarge && !isInDayCube(query)) {
    throw new AppError(
      "invalid",
      `more than ${max} runs since then: choose a later since, or leave out what days are not summed up by (by hour, runner_class, ref_kind or trigger, and filters by these or by source, ref or default_branch)`,
    );
  }
  if (isLarge && (await isFilled(reading))) {
    const groups = await summariseDays(reading, query, named);
    return finish(by, groups, { exact: false, ...widenToDays(query) });
  }
  return finish(by, await summariseRows(reading, query, named), { exact: true, since, until });
}

/** Counts along the index by which the runs would be read, and no further than is needed. */
async function hasManyRuns({ trx }: Reading, since: Millis, max: number): Promise<boolean> {
  const some = `select 1 from runs where updated_at >= ? limit ${max + 1}`;
  const [row = {}] = toRows(await trx.raw(`select count(*) as count from (${some}) as counted`, [since - aheadMax]));
  return bigint("count").read(row) > max;
}

/** Whether the day cube was compared with what was recorded before it existed. */
async function isFilled({ trx }: Reading): Promise<boolean> {
  return toRows(await trx.raw("select filled_at from day_times_fills limit 1")).length > 0;
}

function finish(
  by: readonly JobDimension[],
  groups: readonly JobSummaryGroup[],
  span: Pick<JobSummary, "exact" | "since" | "until">,
): JobSummary {
  const counts = new Map(groups.map((group) => [group, countJobs(group)]));
  const names = new Map(groups.map((group) => [group, JSON.stringify(by.map((dimension) => group.keys[dimension]))]));
  const sorted = groups.toSorted(
    (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || ((names.get(a) ?? "") < (names.get(b) ?? "") ? -1 : 1),
  );
  return {
    ...span,
    jobs: [...counts.values()].reduce((sum, count) => sum + count, 0),
    groups: sorted.slice(0, groupsMax),
    truncated: sorted.length > groupsMax,
  };
}

function countJobs({ results }: JobSummaryGroup): number {
  return runResults.reduce((sum, result) => sum + results[result], 0);
}
