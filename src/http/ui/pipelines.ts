import type { SummaryGroup } from "../../core/store/index.ts";
import { runFilter, oneOfOr, text, type Parsed } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import { resolveSpan } from "../api/span.ts";
import { dayMillis } from "../../core/time.ts";
import { countFailures, countRuns, summarize, toSuccessRatio } from "../api/summary.ts";
import { pickStripRun, resultStrip, stripMax, type StripRun } from "./charts.ts";
import { formatCount, formatDuration, formatPercent } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { pipelineName } from "./pipeline-name.ts";
import { failureResults } from "./run-table.ts";
import { renderShown } from "./shown.ts";
import { linkSpan, sortLink, spanNav, spanParameters, type Query } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const sortings = ["runs", "failures", "restarts", "duration", "queue"] as const;

const listParameters = {
  provider: runFilter.provider,
  default_branch: runFilter.default_branch,
  search: text("A part of the name of project or pipeline"),
  ...spanParameters,
  sort: oneOfOr(sortings, "runs", "Sort order (descending)"),
};

const parsePipelines = createParameterParser(listParameters);

/** Pipelines that are listed; the search finds the others. */
const listedMax = 100;

const countNote =
  "The figures count results: a run that was restarted has one for each attempt, and is one line in the list of runs.";

/** All pipelines with their last runs and their figures in a span of time. */
export const pipelinesView: View = { path: "pipelines", render: renderPipelines };

interface Listed {
  readonly group: SummaryGroup;
  readonly runs: readonly StripRun[];
}

interface Found {
  readonly pipelines: readonly Listed[];
  readonly more: boolean;
}

type Filter = Parsed<typeof listParameters>;

async function renderPipelines(page: Page, { query }: ViewRequest): Promise<Html> {
  const parsed = parsePipelines(query, page.now);
  const given = Object.fromEntries(query);
  const span = resolveSpan(parsed, page.now, 7 * dayMillis);
  const found = await page.ask(`pipelines ${JSON.stringify(given)}`, async () => findPipelines(page, parsed));
  const content = renderShown(found, page.now, ({ pipelines, more }) =>
    pipelines.length === 0
      ? html`<p>No pipeline finished a run in this span.</p>`
      : [
          table(
            "Pipelines",
            describeColumns(page, given, parsed.sort),
            pipelines.map((one) => toRow(page, one, given)),
          ),
          more && html`<p class="more">More pipelines are not listed: search for a part of the name.</p>`,
        ],
  );
  return layout(page, { title: "Pipelines", current: "pipelines", head: spanNav(page, "pipelines", given, span) }, [
    section("pipelines", "Pipelines", [searchForm(page, given), content], countNote),
  ]);
}

async function findPipelines({ services }: Page, { search, sort, ...filter }: Filter): Promise<Found> {
  const options = { by: ["project", "pipeline"], sort, children: false, limit: 1000 } as const;
  const { groups, truncated } = await summarize(services, { ...filter, ...options });
  const fits = (name: string | null | undefined) => (name ?? "").toLowerCase().includes((search ?? "").toLowerCase());
  const fitting = groups.filter(({ project, pipeline }) => fits(project) || fits(pipeline));
  const pipelines = await Promise.all(
    fitting.slice(0, listedMax).map(async (group) => {
      const names = { project: group.project ?? undefined, pipeline: group.pipeline ?? undefined };
      const { items } = await findRuns(services, { ...names, limit: stripMax });
      return { group, runs: items.map(pickStripRun) };
    }),
  );
  return { pipelines, more: truncated || fitting.length > pipelines.length };
}

function describeColumns(page: Page, given: Query, sort: (typeof sortings)[number]): readonly Column[] {
  const sortable = (key: (typeof sortings)[number], words: string, style: Column[1]): Column => [
    sortLink(page, "pipelines", given, key, words, sort),
    style,
    words,
  ];
  return [
    ["Pipeline"],
    [`Last ${stripMax}`],
    sortable("runs", "Runs", "number"),
    sortable("failures", "Failed", "number"),
    sortable("duration", "Duration p80", "number"),
    sortable("queue", "Queue p80", "number wide"),
    sortable("restarts", "Restarts", "number wide"),
  ];
}

function toRow(page: Page, { group, runs }: Listed, query: Query): readonly Content[] {
  const { since, until, default_branch } = query;
  const { project = null, pipeline = null, results, duration, queue, restarts } = group;
  const names = { project: project ?? undefined, pipeline: pipeline ?? undefined };
  const link = page.links.toView("pipelines/one", { ...names, since, until });
  const toRuns = (result?: string) =>
    page.links.toView("runs", { ...names, ...linkSpan(query), default_branch, result });
  return [
    html`<a href="${link}">${pipelineName({ project, pipeline })}</a>`,
    resultStrip(page, runs),
    html`<a href="${toRuns()}">${formatCount(countRuns(results))}</a>`,
    html`<a href="${toRuns(failureResults.join())}">${formatCount(countFailures(results))}</a><span class="sub">${formatPercent(toSuccessRatio(results))} success</span>`,
    html`${formatDuration(duration?.p80)}<span class="sub">p50 ${formatDuration(duration?.p50)}, p95 ${formatDuration(duration?.p95)}</span>`,
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
