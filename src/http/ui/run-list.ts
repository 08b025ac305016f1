import { scanMax } from "../../core/store/index.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { encodeRunsCursor, findRuns, runsParameters } from "../api/runs.ts";
import { formatCount } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section } from "./layout.ts";
import { toQuery } from "./links.ts";
import { filterForm } from "./run-filter.ts";
import { runTable } from "./run-table.ts";
import { sortLink } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const { limit: _limit, format: _format, ...filterParameters } = runsParameters;
const parseFilter = createParameterParser(filterParameters);

/** Runs of one page, and projects that are suggested. */
const [pageSize, suggestedMax] = [50, 200];

/** Runs, newest first, with every filter of the read API. */
export const runList: View = { path: "runs", render: renderRunList };

async function renderRunList(page: Page, { query }: ViewRequest): Promise<Html> {
  const { services, links } = page;
  const parameters = parseFilter(query, page.now);
  const [found, projects] = await Promise.all([
    findRuns(services, { ...parameters, limit: pageSize }),
    services.store.read("projects", { limit: suggestedMax }),
  ]);
  const { cursor: _cursor, ...filter } = Object.fromEntries(query);
  const older = encodeRunsCursor(found, parameters.sort);
  const link = (text: string) =>
    html`<a href="${links.toView("runs", { ...filter, cursor: older ?? undefined })}" rel="next">${text}</a>`;
  const heading = (sort: string, words: string): Content =>
    sortLink(page, "runs", filter, sort, words, parameters.sort);
  const content =
    found.items.length === 0
      ? html`<p>${describeNoMatch(older, link)}</p>`
      : [
          runTable(page, found.items, "Runs", heading),
          older !== null && html`<p class="more">${link(nextWords[parameters.sort])}</p>`,
        ];
  const sample =
    found.truncated &&
    html`<p class="more">Sorted are the newest ${formatCount(scanMax)} runs; narrow the filter or the span for others.</p>`;
  return layout(page, { title: "Runs", current: "runs", feed: toFeed(filter) }, [
    section("runs", "Runs", [filterForm(page, filter, projects), content, sample, exportLinks(page, filter)]),
  ]);
}

const nextWords = {
  seen: "Older runs →",
  finished: "Next runs →",
  duration: "Next runs →",
  queue: "Next runs →",
} as const;

/** The feed has no filter by state or result, and no order. */
function toFeed({ state: _state, result: _result, sort: _sort, ...filter }: Readonly<Record<string, string>>): string {
  return `failures.atom${toQuery(filter)}`;
}

/** The same runs for a spreadsheet, as JSON, and the failures among them for a feed reader. */
function exportLinks({ links }: Page, filter: Readonly<Record<string, string>>): Html {
  const json = `api/v1/runs${toQuery(filter)}`;
  return html`<p class="more"><a href="${links.toServer(`api/v1/runs${toQuery({ ...filter, format: "csv" })}`)}">CSV</a> ·
<a href="${links.toServer(json)}">JSON</a> · <a href="${links.toView(toFeed(filter))}">Feed of failures</a></p>`;
}

function describeNoMatch(older: string | null, link: (text: string) => Html): Content {
  if (older === null) return "No runs found.";
  return html`No match in the ${formatCount(scanMax)} rows scanned; ${link("continue →")}`;
}
