import { AppError } from "../../errors.ts";
import { aheadMax } from "../../sender-clock.ts";
import { runResults } from "../../states.ts";
import type { JobDimension, JobSummary, JobSummaryGroup, JobSummaryQuery } from "./job-types.ts";
import { bigint } from "../db/columns.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import { exactRunsMax } from "./exact-runs.ts";
import { readJobSeries } from "./job-series.ts";
import { isInDayCube, summariseDays, widenToDays } from "./job-summary-days.ts";
import { describeRunFilter, summariseRows } from "./job-summary-rows.ts";

/** The most groups of an answer: those with the most completions. */
const groupsMax = 1000;

/** What `exactRunsMax` is, for what the day cube cannot answer: in about six seconds, of which a request may take fifteen. */
const rowsRunsMax = 250_000;

/**
 * Counts and percentiles of the jobs that finished in a span, under the names under which `/metrics` counts them. Up to
 * `exactRunsMax` runs they are computed from each job, beyond that from the day cube. What is not in the cube is computed from
 * each job up to `rowsRunsMax` runs, and throws `invalid` beyond.
 */
export async function summariseJobs(reading: Reading, query: JobSummaryQuery): Promise<JobSummary> {
  const named = await readJobSeries(reading, query);
  const { by, since, until, exactMax = exactRunsMax, rowsMax = rowsRunsMax } = query;
  const isInCube = isInDayCube(query);
  if (!isInCube && (await hasManyRuns(reading, query, rowsMax))) {
    throw new AppError(
      "invalid",
      `more than ${rowsMax} runs in the span: choose a shorter one, or leave out what days are not summed up by (by hour, runner_class, ref_kind or trigger, and filters by these or by source, ref or default_branch)`,
    );
  }
  if (isInCube && (await hasManyRuns(reading, query, exactMax)) && (await isFilled(reading))) {
    const groups = await summariseDays(reading, query, named);
    return finish(by, groups, { exact: false, ...widenToDays(query) });
  }
  return finish(by, await summariseRows(reading, query, named), { exact: true, since, until });
}

/**
 * Whether more runs than `max` may have jobs in the span, after the filters of runs: how long it takes to read them. Counts along
 * the index by which they would be read, and no further than is needed. It leaves out runs that began and were first seen after
 * the span: they are looked at, but their jobs are not.
 */
async function hasManyRuns({ trx }: Reading, query: JobSummaryQuery, max: number): Promise<boolean> {
  const { conditions, bindings } = describeRunFilter({ ...query, jobs: {} });
  const some = `
    select 1 from runs r where r.updated_at >= ? and (r.first_seen_at < ? or coalesce(r.queued_at, r.started_at, r.finished_at, 0) < ?) ${conditions.map((one) => `and ${one}`).join(" ")}
    limit ${max + 1}`;
  const span = [query.since - aheadMax, query.until + aheadMax, query.until];
  const counted = await trx.raw(`select count(*) as count from (${some}) as counted`, [...span, ...bindings]);
  const [row = {}] = toRows(counted);
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
