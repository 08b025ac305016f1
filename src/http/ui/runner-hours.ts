import type { AnswerQuery, JobSummaryGroup } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import type { Shown } from "../answers.ts";
import { countRuns } from "../api/summary.ts";
import { formatCount, formatDuration, untrusted } from "./format.ts";
import { heatMap, weekdays, type HeatCell } from "./heat-map.ts";
import { html, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import type { Page } from "./view.ts";

interface Hour extends Pick<HeatCell, "weekday" | "hour"> {
  readonly jobs: number;
  /** Mean of the 90th percentiles of the hours of this weekday, each weighted by its jobs. */
  readonly wait: number;
}

/** Whole weeks before the end of the span: all weekdays count alike, and a summary has at most a thousand hours. */
const weeks = 4;
const listedMax = 5;

/** How long jobs waited in each hour of the week. */
export function findHours(
  { ask, services }: Page,
  { until, since, filter }: AnswerQuery,
  runnerClass: string | undefined,
  name: string,
): Promise<Shown<readonly Hour[]>> {
  return ask(`hours ${name}`, async () => {
    const from = Math.max(since, until - weeks * 7 * dayMillis);
    const query = { by: ["hour"], since: from, until, runs: filter, jobs: { runnerClass } } as const;
    return foldHours((await services.store.read("jobSummary", query)).groups);
  });
}

function foldHours(groups: readonly JobSummaryGroup[]): readonly Hour[] {
  const sums = new Map<number, { jobs: number; weighted: number }>();
  for (const { keys, results, queue } of groups) {
    if (typeof keys.hour !== "number" || queue === undefined) continue;
    const at = new Date(keys.hour);
    const place = ((at.getUTCDay() + 6) % 7) * 24 + at.getUTCHours();
    const sum = sums.get(place) ?? { jobs: 0, weighted: 0 };
    sum.jobs += countRuns(results);
    sum.weighted += countRuns(results) * queue.p90;
    sums.set(place, sum);
  }
  return [...sums].map(([place, { jobs, weighted }]) => ({
    weekday: Math.floor(place / 24),
    hour: place % 24,
    jobs,
    wait: weighted / jobs,
  }));
}

const columns: readonly Column[] = [["Hour (UTC)"], ["Jobs", "number"], ["Wait p90", "number"]];

export function hoursSection(page: Page, hours: Shown<readonly Hour[]>, runnerClass: string | undefined): Html {
  return section(
    "hours",
    "When jobs wait",
    renderShown(hours, page.now, (cells) => {
      if (cells.length === 0) return html`<p>No job waited in this span.</p>`;
      const longest = cells.toSorted((a, b) => b.wait - a.wait).slice(0, listedMax);
      const rows = longest.map((one) => [nameHour(one), formatCount(one.jobs), formatDuration(one.wait)]);
      return [
        heatMap(cells.map(toCell)),
        html`<h3>Longest waits</h3>`,
        table("Hours with the longest waits", columns, rows),
      ];
    }),
    html`By weekday and hour (UTC), the last ${weeks} weeks of the span at most; the stronger the colour, the longer${runnerClass !== undefined && [", of ", untrusted(runnerClass, 60)]}.`,
  );
}

function toCell(one: Hour): HeatCell {
  return {
    ...one,
    value: one.wait,
    label: `${nameHour(one)}: ${formatCount(one.jobs)} jobs, wait p90 ${Math.round(one.wait)} s`,
  };
}

function nameHour({ weekday, hour }: Hour): string {
  return `${weekdays[weekday] ?? ""} ${String(hour).padStart(2, "0")}:00`;
}
