import { dayMillis } from "../../core/time.ts";
import { jobSummaryParameters, summarizeJobs, summaryMaxDays } from "../api/job-summary.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { resolveSpan } from "../api/span.ts";
import { formatCount } from "./format.ts";
import { html, type Html } from "./html.ts";
import { jobTable } from "./job-table.ts";
import { layout, section } from "./layout.ts";
import { renderShown } from "./shown.ts";
import { sortLink, spanNav } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const { by: _by, limit: _limit, ...parameters } = jobSummaryParameters;
const parseJobs = createParameterParser(parameters);

/** Jobs that are listed; the search finds the others. */
const listedMax = 100;

/** All jobs with their figures in a span of time. */
export const jobsView: View = { path: "jobs", render: renderJobs };

async function renderJobs(page: Page, { query }: ViewRequest): Promise<Html> {
  const given = Object.fromEntries(query);
  const parsed = parseJobs(query, page.now);
  const span = resolveSpan(parsed, page.now, 7 * dayMillis, summaryMaxDays);
  const found = await page.ask(`jobs ${JSON.stringify(given)}`, async () =>
    summarizeJobs(page.services, { ...parsed, by: ["job"], limit: listedMax }),
  );
  const heading = (sort: typeof parsed.sort, words: string) => sortLink(page, "jobs", given, sort, words, parsed.sort);
  const content = renderShown(found, page.now, (summary) =>
    summary.groups.length === 0
      ? html`<p>No job finished in this span.</p>`
      : [
          jobTable(page, summary, given, heading),
          summary.truncated &&
            html`<p class="more">Only ${formatCount(listedMax)} jobs are listed: search for a part of the name.</p>`,
        ],
  );
  return layout(page, { title: "Jobs", current: "jobs", head: spanNav(page, "jobs", given, span) }, [
    section("jobs", "Jobs", [searchForm(page, given), content]),
  ]);
}

function searchForm({ links }: Page, query: Readonly<Record<string, string>>): Html {
  const input = (name: string, label: string) =>
    html`<label>${label} <input name="${name}" value="${query[name]}" maxlength="1024" autocomplete="off"></label>\n`;
  const shown = new Set(["search", "project", "pipeline", "stage"]);
  const kept = Object.entries(query).map(
    ([name, value]) => !shown.has(name) && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="get" action="${links.toView("jobs")}" role="search" aria-label="Jobs">
${input("search", "Part of the name")}${input("project", "Project")}${input("pipeline", "Pipeline")}${input("stage", "Stage")}
${kept}<button>Show</button></form>`;
}
