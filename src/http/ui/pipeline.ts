import { dayMillis } from "../../core/time.ts";
import type { SummaryGroup } from "../../core/store/index.ts";
import { summarizeJobs } from "../api/job-summary.ts";
import { text } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import { resolveSpan } from "../api/span.ts";
import { countFailures, summarize, toIsoDate } from "../api/summary.ts";
import { columnChart, type ChartColumn } from "./axis-chart.ts";
import { durationDots } from "./dots.ts";
import { formatCount, untrusted } from "./format.ts";
import { html, type Html } from "./html.ts";
import { jobTable } from "./job-table.ts";
import { layout, section } from "./layout.ts";
import type { LinkParameters } from "./links.ts";
import { findTimes, pathSection, weeksSection } from "./pipeline-time.ts";
import { runTable } from "./run-table.ts";
import { renderShown } from "./shown.ts";
import { spanNav, spanParameters } from "./span.ts";
import { daysTable } from "./summary.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parsePipeline = createParameterParser({
  project: text("Owner of the pipeline: repository, folder or namespace"),
  pipeline: text("Name of the pipeline definition"),
  ...spanParameters,
});

/** One pipeline in a span of time: its days, its jobs, and its latest runs. */
export const pipelineView: View = { path: "pipelines/one", render: renderPipeline };

/** Runs whose durations are drawn, and those of them that are listed. */
const drawnMax = 200;
const listedMax = 20;

async function renderPipeline(page: Page, { query }: ViewRequest): Promise<Html> {
  const { project, pipeline, since, until } = parsePipeline(query, page.now);
  const names = { project, pipeline };
  const given = Object.fromEntries(query);
  const span = resolveSpan({ since, until }, page.now, 7 * dayMillis);
  const name = JSON.stringify(given);
  const [days, jobs, times, runs] = await Promise.all([
    page.ask(`days of ${name}`, async () =>
      summarize(page.services, { ...names, ...span, by: ["day"], sort: "runs", children: true, limit: 1000 }),
    ),
    page.ask(`jobs of ${name}`, async () =>
      summarizeJobs(page.services, { ...names, ...span, by: ["job"], sort: "total", limit: 50 }),
    ),
    findTimes(page, { ...span, filter: names }, name),
    findRuns(page.services, { ...names, limit: drawnMax }),
  ]);
  const title = [project, pipeline === project ? undefined : pipeline].filter((one) => one !== undefined).join(" / ");
  const all = html`<p class="more"><a href="${page.links.toView("runs", names)}">All runs →</a></p>`;
  const noJobs = html`<p>No job finished in this span.</p>`;
  const listed = runs.items.slice(0, listedMax);
  const head = spanNav(page, "pipelines/one", given, span);
  return layout(page, { title: title === "" ? "Pipeline" : title, current: "pipelines", head }, [
    section(
      "pipeline",
      untrusted(title === "" ? "all pipelines" : title),
      renderShown(days, page.now, ({ groups }) => [chartDays(page, groups, span, names), daysTable(groups)]),
    ),
    section(
      "durations",
      `Duration of the last ${formatCount(runs.items.length)} runs`,
      durationDots(page, runs.items),
      "A dot is a success, a square on its corner a failure, grey what was cancelled; each leads to its run.",
    ),
    section(
      "jobs",
      "Jobs",
      renderShown(jobs, page.now, (found) => (found.groups.length === 0 ? noJobs : jobTable(page, found, given))),
      "Those that worked longest first.",
    ),
    html`<div class="pair">${pathSection(page, times.path, given)}${weeksSection(page, times.weeks)}</div>`,
    section("runs", "Latest runs", listed.length === 0 ? html`<p>No runs found.</p>` : [runTable(page, listed), all]),
  ]);
}

/** A column for each day of the span, also for those without a run. */
function chartDays(
  { links }: Page,
  groups: readonly SummaryGroup[],
  { since, until }: { readonly since: number; readonly until: number },
  names: LinkParameters,
): Html {
  const byDay = new Map(groups.map((group) => [group.day, group]));
  const first = Math.floor(since / dayMillis);
  const count = Math.max(1, Math.ceil(until / dayMillis) - first);
  const columns = Array.from({ length: count }, (_, i): ChartColumn => {
    const results = byDay.get(first + i)?.results;
    const failures = results === undefined ? 0 : countFailures(results);
    const others = results === undefined ? 0 : results.cancellation + results.skip;
    const success = results?.success ?? 0;
    const day = toIsoDate(first + i);
    return {
      label: `${day}: ${success} successes, ${failures} failures, ${others} others`,
      tick: day.slice(5),
      parts: [
        ["good", success],
        ["quiet", others],
        ["bad", failures],
      ],
      link: results && links.toView("runs", { ...names, since: day, until: toIsoDate(first + i + 1) }),
    };
  });
  return columnChart(columns, formatCount);
}
