import type { SummaryGroup } from "../../../core/store/index.ts";
import { dayMillis } from "../../../core/time.ts";
import { countFailures, countRuns, summarize } from "../../api/summary.ts";
import type { Shown } from "../../answers.ts";
import { columnChart, type ChartColumn } from "../axis-chart.ts";
import { renderShown } from "../shown.ts";
import { formatCount, formatDuration, formatPercent } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import { section, table, type Column } from "../layout.ts";
import { toSuccessRatio } from "../../api/summary.ts";
import type { Page } from "../view.ts";
import { filterFigures, linkFilter, type Choice } from "./choice.ts";

const hourMillis = dayMillis / 24;
/** Up to here a column is an hour. */
const hoursMax = 2 * dayMillis;

interface Period {
  readonly from: number;
  readonly until: number;
  readonly group: SummaryGroup | undefined;
}

function usesHours({ span }: Choice): boolean {
  return span.until - span.since <= hoursMax;
}

export function findTrend({ ask, services }: Page, choice: Choice): Promise<Shown<readonly SummaryGroup[]>> {
  const by = usesHours(choice) ? "hour" : "day";
  return ask(`trend ${choice.name} ${choice.branches ?? ""}`, async () => {
    const options = { by: [by], sort: "runs", children: false, limit: 1000 } as const;
    return (await summarize(services, { ...filterFigures(choice), ...choice.span, ...options })).groups;
  });
}

/** Runs over time, by result: as a chart, and as a table for those who cannot see it. */
export function trendSection(page: Page, choice: Choice, trend: Shown<readonly SummaryGroup[]>): Html {
  const word = usesHours(choice) ? "hour" : "day";
  return section(
    "trend",
    `Runs by ${word}`,
    renderShown(trend, page.now, (groups) => {
      const periods = listPeriods(choice, groups);
      const columns = periods.map((period) => toColumn(page, choice, period));
      return [legend(), columnChart(columns, formatCount), trendTable(page, choice, periods)];
    }),
  );
}

function legend(): Html {
  const entries = [
    ["good", "success"],
    ["quiet", "cancelled or skipped"],
    ["bad", "failure"],
  ] as const;
  return html`<ul class="legend" aria-hidden="true">${entries.map(([fill, text]) => html`<li><svg width="10" height="10"><rect class="fill-${fill}" width="10" height="10"></rect></svg> ${text}</li>`)}</ul>`;
}

/** Every hour or day of the span, also those without a run. */
function listPeriods(choice: Choice, groups: readonly SummaryGroup[]): readonly Period[] {
  const { since, until } = choice.span;
  const length = usesHours(choice) ? hourMillis : dayMillis;
  const byStart = new Map(groups.map((group) => [group.hour ?? group.day, group]));
  const first = Math.floor(since / length);
  const count = Math.max(1, Math.ceil(until / length) - first);
  return Array.from({ length: count }, (_, i) => ({
    from: (first + i) * length,
    until: (first + i + 1) * length,
    group: byStart.get(first + i),
  }));
}

/** `11-20`, or `14:00` where a column is an hour. */
function nameShort(choice: Choice, { from }: Period): string {
  const moment = new Date(from).toISOString();
  return usesHours(choice) ? moment.slice(11, 16) : moment.slice(5, 10);
}

function nameLong(choice: Choice, { from }: Period): string {
  return new Date(from)
    .toISOString()
    .slice(0, usesHours(choice) ? 16 : 10)
    .replace("T", " ");
}

function linkPeriod({ links }: Page, choice: Choice, { from, until }: Period): string {
  const [since, before] = [from, until].map((at) => new Date(at).toISOString());
  return links.toView("runs", { ...linkFilter(choice), since, until: before });
}

function countParts({ group }: Period) {
  const success = group?.results.success ?? 0;
  const failed = group === undefined ? 0 : countFailures(group.results);
  return { success, failed, others: group === undefined ? 0 : countRuns(group.results) - success - failed };
}

function toColumn(page: Page, choice: Choice, period: Period): ChartColumn {
  const { success, failed, others } = countParts(period);
  return {
    label: `${nameLong(choice, period)}: ${success} successes, ${failed} failures, ${others} others`,
    tick: nameShort(choice, period),
    parts: [
      ["good", success],
      ["quiet", others],
      ["bad", failed],
    ],
    link: period.group && linkPeriod(page, choice, period),
  };
}

const columns: readonly Column[] = [
  ["From (UTC)"],
  ["Runs", "number"],
  ["Failed", "number"],
  ["Success", "number"],
  ["Duration p50, p95", "number"],
  ["Queue p90", "number wide"],
];

function trendTable(page: Page, choice: Choice, periods: readonly Period[]): Content {
  const rows = periods.toReversed().flatMap((period) => {
    const { group } = period;
    if (group === undefined) return [];
    return [
      [
        html`<a href="${linkPeriod(page, choice, period)}">${nameLong(choice, period)}</a>`,
        formatCount(countRuns(group.results)),
        formatCount(countFailures(group.results)),
        formatPercent(toSuccessRatio(group.results)),
        [
          formatDuration(group.duration?.p50),
          html`<span class="sub">p95 ${formatDuration(group.duration?.p95)}</span>`,
        ],
        formatDuration(group.queue?.p90),
      ],
    ];
  });
  if (rows.length === 0) return html`<p>No run finished in this span.</p>`;
  return html`<details><summary>Show as a table</summary>${table("Runs over time", columns, rows)}</details>`;
}
