import type { SummaryGroup } from "../../core/store/index.ts";
import { countFailures, countRuns, toIsoDate, toSuccessRatio } from "../api/summary.ts";
import { html, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { pipelineLink } from "./run-table.ts";
import { formatCount, formatDuration, formatPercent } from "./format.ts";
import type { Page } from "./view.ts";

const pipelineColumns: readonly Column[] = [
  ["Pipeline"],
  ["Runs", "number wide"],
  ["Success", "number"],
  ["Duration p80", "number"],
  ["Queue p80", "number wide"],
];

/** Pipelines with the longest durations first. */
export function slowestSection(page: Page, groups: readonly SummaryGroup[]): Html {
  const rows = groups.map(({ project = null, pipeline = null, results, duration, queue }) => [
    pipelineLink(page, { project, pipeline }),
    formatCount(countRuns(results)),
    formatPercent(toSuccessRatio(results)),
    [
      formatDuration(duration?.p80),
      html`<span class="sub">p50 ${formatDuration(duration?.p50)}</span><span class="sub">p95 ${formatDuration(duration?.p95)}</span>`,
    ],
    formatDuration(queue?.p80),
  ]);
  const content =
    rows.length === 0
      ? html`<p>No finished runs in the last 7 days.</p>`
      : table("Slowest pipelines", pipelineColumns, rows);
  return section(
    "slowest",
    "Slowest pipelines",
    content,
    "Run durations of the last 7 days, sorted by the 80th percentile.",
  );
}

const dayColumns: readonly Column[] = [
  ["Day"],
  ["Results"],
  ["Runs", "number"],
  ["Failed", "number"],
  ["Success", "number"],
  ["Restarts", "number wide"],
  ["Recovered", "number wide"],
  ["Duration p80", "number wide"],
];

/** One row per day, the latest first. */
export function daysSection(groups: readonly SummaryGroup[], span = "in the last 7 days"): Html {
  const most = Math.max(1, ...groups.map(({ results }) => countRuns(results)));
  const rows = groups
    .toSorted((a, b) => (b.day ?? 0) - (a.day ?? 0))
    .map((group) => [
      html`<span class="number">${toIsoDate(group.day ?? 0)}</span>`,
      resultBar(group, most),
      formatCount(countRuns(group.results)),
      formatCount(countFailures(group.results)),
      formatPercent(toSuccessRatio(group.results)),
      formatCount(group.restarts),
      formatCount(group.recovered),
      formatDuration(group.duration?.p80),
    ]);
  const content = rows.length === 0 ? html`<p>No run finished ${span}.</p>` : table("Days", dayColumns, rows);
  return section("days", "Days", content, `Runs that finished ${span}, by date (UTC).`);
}

/** A bar of successes, failures and other results; its length is the number of runs. Cells beside it have the numbers. */
function resultBar(group: SummaryGroup, most: number): Html {
  const all = countRuns(group.results);
  const parts = [
    ["fill-good", group.results.success],
    ["fill-bad", countFailures(group.results)],
    ["fill-quiet", all - group.results.success - countFailures(group.results)],
  ] as const;
  let x = 0;
  const rectangles = parts.map(([fill, part]) => {
    const width = (part / most) * 100;
    const rectangle = html`<rect class="${fill}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="10"></rect>`;
    x += width;
    return part > 0 && rectangle;
  });
  return html`<svg class="days" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${rectangles}</svg>`;
}
