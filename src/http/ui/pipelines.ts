import type { SummaryGroup } from "../../core/store/index.ts";
import { runFilter, oneOfOr, text } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import { countRuns, summarize, toSuccessRatio } from "../api/summary.ts";
import { resultStrip, stripMax } from "./charts.ts";
import { formatCount, formatDuration, formatPercent } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { pipelineName } from "./pipeline-name.ts";
import { sortLink, spanNav, spanParameters } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const sortings = ["runs", "failures", "restarts", "duration", "queue"] as const;

const parsePipelines = createParameterParser({
  provider: runFilter.provider,
  default_branch: runFilter.default_branch,
  search: text("A part of the name of project or pipeline"),
  ...spanParameters,
  sort: oneOfOr(sortings, "runs", "Sort order (descending)"),
});

/** Pipelines that are listed; the search finds the others. */
const listedMax = 100;

/** All pipelines with their last runs and their figures in a span of time. */
export const pipelinesView: View = { path: "pipelines", render: renderPipelines };

async function renderPipelines(page: Page, { query }: ViewRequest): Promise<Html> {
  const { search, sort, ...filter } = parsePipelines(query, page.now);
  const given = Object.fromEntries(query);
  const by = ["project", "pipeline"] as const;
  const found = await summarize(page.services, { ...filter, by: [...by], sort, children: false, limit: 1000 });
  const fits = (name: string | null | undefined) => (name ?? "").toLowerCase().includes((search ?? "").toLowerCase());
  const groups = found.groups.filter(({ project, pipeline }) => fits(project) || fits(pipeline));
  const rows = await Promise.all(groups.slice(0, listedMax).map(async (group) => toRow(page, group, given)));
  const sortable = (key: (typeof sortings)[number], words: string, style: Column[1]): Column => [
    sortLink(page, "pipelines", given, key, words, sort),
    style,
    words,
  ];
  const columns: readonly Column[] = [
    ["Pipeline"],
    [`Last ${stripMax}`, "wide"],
    sortable("runs", "Runs", "number"),
    sortable("failures", "Success", "number"),
    sortable("duration", "Duration p50, p95", "number"),
    sortable("queue", "Queue p80", "number wide"),
    sortable("restarts", "Restarts", "number wide"),
  ];
  const rest = groups.length - rows.length;
  const more =
    (rest > 0 || found.truncated) &&
    html`<p class="more">More pipelines are not listed: search for a part of the name.</p>`;
  const content =
    rows.length === 0
      ? html`<p>No pipeline finished a run in this span.</p>`
      : [table("Pipelines", columns, rows), more];
  return layout(page, { title: "Pipelines", current: "pipelines", head: spanNav(page, "pipelines", given, found) }, [
    section("pipelines", "Pipelines", [searchForm(page, given), content]),
  ]);
}

async function toRow(
  page: Page,
  group: SummaryGroup,
  query: Readonly<Record<string, string>>,
): Promise<readonly Content[]> {
  const { project = null, pipeline = null, results, duration, queue, restarts } = group;
  const names = { project: project ?? undefined, pipeline: pipeline ?? undefined };
  const { items } = await findRuns(page.services, { ...names, limit: stripMax });
  const { since, until } = query;
  const link = page.links.toView("pipelines/one", { ...names, since, until });
  return [
    html`<a href="${link}">${pipelineName({ project, pipeline })}</a>`,
    resultStrip(page, items),
    formatCount(countRuns(results)),
    formatPercent(toSuccessRatio(results)),
    [formatDuration(duration?.p50), html`<span class="sub">p95 ${formatDuration(duration?.p95)}</span>`],
    formatDuration(queue?.p80),
    formatCount(restarts),
  ];
}

function searchForm({ links }: Page, query: Readonly<Record<string, string>>): Html {
  const { search, default_branch: isDefault, since, until, sort } = query;
  const kept = Object.entries({ since, until, sort }).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="get" action="${links.toView("pipelines")}" role="search" aria-label="Pipelines">
<label>Part of the name <input name="search" value="${search}" maxlength="1024" autocomplete="off"></label>
<label>Branches <select name="default_branch"><option value="">all</option><option value="true"${isDefault === "true" && html` selected`}>default branch</option><option value="false"${isDefault === "false" && html` selected`}>other branches</option></select></label>
${kept}<button>Show</button></form>`;
}
