import type { JobSummary, JobSummaryGroup } from "../../core/store/index.ts";
import { dayTimesErrorBound } from "../../core/day-bucket.ts";
import type { jobSummaryParameters } from "../api/job-summary.ts";
import type { Parsed } from "../api/parameters.ts";
import { countFailures, countRuns, toSuccessRatio } from "../api/summary.ts";
import { formatCount, formatDuration, formatPercent, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { table, type Column } from "./layout.ts";
import type { Page } from "./view.ts";

type Query = Readonly<Record<string, string>>;

type Sorting = Parsed<typeof jobSummaryParameters>["sort"];

const columns: readonly (readonly [sorting: Sorting | undefined, words: string, style: Column[1]])[] = [
  [undefined, "Job", ""],
  ["jobs", "Results", "number"],
  ["failures", "Failed", "number"],
  ["duration", "Duration p80", "number"],
  ["queue", "Queue p80", "number wide"],
  ["total", "Total work", "number wide"],
];

/** Jobs by name with their figures; `heading` makes the headings of the columns that can be sorted by. */
export function jobTable(
  page: Page,
  summary: JobSummary,
  query: Query,
  heading: (sorting: Sorting, words: string) => Content = (_, words) => words,
): Html {
  const shown = columns.map(
    ([sorting, words, style]): Column => [sorting === undefined ? words : heading(sorting, words), style, words],
  );
  const rows = summary.groups.map((group) => toRow(page, group, query));
  const note =
    !summary.exact &&
    html`<p class="more">Percentiles come from sums a day and are at most ${formatPercent(dayTimesErrorBound)} off.</p>`;
  return html`${table("Jobs", shown, rows)}${note}`;
}

function toRow(page: Page, group: JobSummaryGroup, { since, until }: Query): readonly Content[] {
  const { keys, results, duration, queue, totalSeconds } = group;
  const read = (key: "provider" | "project" | "pipeline" | "stage" | "job_name") => {
    const value = keys[key];
    return typeof value === "string" ? value : undefined;
  };
  const names = {
    project: read("project"),
    pipeline: read("pipeline"),
    stage: read("stage"),
    job_name: read("job_name"),
  };
  const below = [names.project, names.pipeline === names.project ? undefined : names.pipeline, names.stage];
  return [
    [
      html`<a href="${page.links.toView("jobs/one", { ...names, since, until })}">${untrusted(names.job_name, 60)}</a>`,
      html`<span class="sub">${untrusted(below.filter((name) => name !== undefined).join(" · "), 80)}</span>`,
    ],
    formatCount(countRuns(results)),
    [
      formatCount(countFailures(results)),
      html`<span class="sub">${formatPercent(toSuccessRatio(results))} success</span>`,
    ],
    [
      formatDuration(duration?.p80),
      html`<span class="sub">p50 ${formatDuration(duration?.p50)}, p95 ${formatDuration(duration?.p95)}</span>`,
    ],
    formatDuration(queue?.p80),
    formatDuration(totalSeconds),
  ];
}
