import type { SummaryGroup } from "../../core/store/index.ts";
import { countFailures, countRuns, toIsoDate, toSuccessRatio } from "../api/summary.ts";
import { html, type Html } from "./html.ts";
import { table, type Column } from "./layout.ts";
import { formatCount, formatDuration, formatPercent } from "./format.ts";

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

/** One row per day, the latest first; closed until it is asked for. */
export function daysTable(groups: readonly SummaryGroup[]): Html {
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
  if (rows.length === 0) return html`<p>No run finished in this span.</p>`;
  return html`<details><summary>Show as a table</summary>${table("Days", dayColumns, rows)}</details>`;
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
