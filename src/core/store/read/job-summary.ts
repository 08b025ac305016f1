import { runResults } from "../../states.ts";
import type { JobDimension, JobSummary, JobSummaryGroup, JobSummaryQuery } from "./job-types.ts";
import type { Reading } from "./context.ts";
import { readJobSeries } from "./job-series.ts";
import { summariseRows } from "./job-summary-rows.ts";

/** The most groups of an answer: those with the most completions. */
const groupsMax = 1000;

/** Counts and percentiles of the jobs that finished in a span, under the names under which `/metrics` counts them. */
export async function summariseJobs(reading: Reading, query: JobSummaryQuery): Promise<JobSummary> {
  const named = await readJobSeries(reading, query);
  const groups = await summariseRows(reading, query, named);
  return finish(query.by, groups, { exact: true, since: query.since, until: query.until });
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
