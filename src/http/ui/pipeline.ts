import { dayMillis } from "../../core/time.ts";
import type { SummaryGroup } from "../../core/store/index.ts";
import { summarizeJobs } from "../api/job-summary.ts";
import { text } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import { countFailures, summarize, toIsoDate } from "../api/summary.ts";
import { columnChart } from "./charts.ts";
import { untrusted } from "./format.ts";
import { html, type Html } from "./html.ts";
import { jobTable } from "./job-table.ts";
import { layout, section } from "./layout.ts";
import { runTable } from "./run-table.ts";
import { spanNav, spanParameters } from "./span.ts";
import { daysSection } from "./summary.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parsePipeline = createParameterParser({
  project: text("Owner of the pipeline: repository, folder or namespace"),
  pipeline: text("Name of the pipeline definition"),
  ...spanParameters,
});

/** One pipeline in a span of time: its days, its jobs, and its latest runs. */
export const pipelineView: View = { path: "pipelines/one", render: renderPipeline };

async function renderPipeline(page: Page, { query }: ViewRequest): Promise<Html> {
  const { project, pipeline, ...span } = parsePipeline(query, page.now);
  const names = { project, pipeline };
  const given = Object.fromEntries(query);
  const [days, jobs, runs] = await Promise.all([
    summarize(page.services, { ...names, ...span, by: ["day"], sort: "runs", children: true, limit: 1000 }),
    summarizeJobs(page.services, { ...names, ...span, by: ["job"], sort: "total", limit: 50 }),
    findRuns(page.services, { ...names, limit: 20 }),
  ]);
  const title = [project, pipeline === project ? undefined : pipeline].filter((name) => name !== undefined).join(" / ");
  const head = spanNav(page, "pipelines/one", given, days);
  const all = html`<p class="more"><a href="${page.links.toView("runs", names)}">All runs →</a></p>`;
  const noJobs = html`<p>No job finished in this span.</p>`;
  return layout(page, { title: title === "" ? "Pipeline" : title, current: "pipelines", head }, [
    section("pipeline", untrusted(title === "" ? "all pipelines" : title), chartDays(days.groups, days)),
    section(
      "jobs",
      "Jobs",
      jobs.groups.length === 0 ? noJobs : jobTable(page, jobs, given),
      "Those that worked longest first.",
    ),
    section(
      "runs",
      "Latest runs",
      runs.items.length === 0 ? html`<p>No runs found.</p>` : [runTable(page, runs.items), all],
    ),
    daysSection(days.groups, "in this span"),
  ]);
}

/** A column for each day of the span, also for those without a run. */
function chartDays(groups: readonly SummaryGroup[], { since, until }: { since: number; until: number }): Html {
  const byDay = new Map(groups.map((group) => [group.day, group]));
  const first = Math.floor(since / dayMillis);
  const count = Math.max(1, Math.ceil(until / dayMillis) - first);
  const columns = Array.from({ length: count }, (_, i) => {
    const results = byDay.get(first + i)?.results;
    const failures = results === undefined ? 0 : countFailures(results);
    const others = results === undefined ? 0 : results.cancellation + results.skip;
    const success = results?.success ?? 0;
    const label = `${toIsoDate(first + i)}: ${success} successes, ${failures} failures, ${others} others`;
    return {
      label,
      parts: [
        ["good", success],
        ["quiet", others],
        ["bad", failures],
      ] as const,
    };
  });
  return html`${columnChart(columns)}<p class="axis soft"><span>${toIsoDate(first)}</span> <span>runs a day</span> <span>${toIsoDate(first + count - 1)}</span></p>`;
}
